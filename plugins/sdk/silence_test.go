package sdk

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"
	"unsafe"

	"google.golang.org/grpc"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// mute is a hub from which nothing comes.
type mute struct {
	grpc.ServerStream
	ctx context.Context
}

func (m mute) Context() context.Context            { return m.ctx }
func (m mute) Send(*pluginv1.StreamResponse) error { return nil }

func (m mute) Recv() (*pluginv1.StreamRequest, error) {
	<-m.ctx.Done()
	return nil, m.ctx.Err()
}

func TestSilentHubIsGivenUp(t *testing.T) {
	t.Parallel()
	i := newInstance(&Type{}, Instance{Log: slog.New(slog.DiscardHandler)}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	st := newStream(i, mute{ctx: ctx}, 0)
	st.began = st.began.Add(-wire.HeartbeatDead)
	if err := st.serve(); !errors.Is(err, errSilent) {
		t.Errorf("the stream ended with %v", err)
	}
	cancel() // as gRPC does when serve returns
	<-st.over
}

// jumped is a time as it is read when the clock has been put forward: what the clock shows is later, what has passed is
// not. Package time keeps the seconds of the clock in bits 30 to 62 of a Time's first word.
func jumped(t *testing.T, at time.Time, by time.Duration) time.Time {
	t.Helper()
	later := at
	*(*uint64)(unsafe.Pointer(&later)) += uint64(by/time.Second) << 30
	if later.Sub(at) != 0 || later.Round(0).Sub(at.Round(0)) != by {
		t.Fatalf("package time keeps times otherwise: %v is not %v later than %v on the clock alone", later, by, at)
	}
	return later
}

// fault: F11
func TestClockThatJumpsIsNoSilence(t *testing.T) {
	st := newStream(newInstance(&Type{}, Instance{Log: slog.New(slog.DiscardHandler)}, nil), mute{ctx: t.Context()}, 0)
	defer st.cancel(nil)
	if now := time.Now(); st.silent(jumped(t, now, time.Hour)) {
		t.Error("the clock was put forward by an hour, and the hub is given up")
	}
	if !st.silent(time.Now().Add(2 * wire.HeartbeatDead)) {
		t.Error("a hub that says nothing is not given up")
	}
}
