package sdk

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

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
	st := newStream(i, mute{ctx: ctx})
	st.heard.Store(time.Now().Add(-wire.HeartbeatDead).UnixNano())
	if err := st.serve(); !errors.Is(err, errSilent) {
		t.Errorf("the stream ended with %v", err)
	}
	cancel() // as gRPC does when serve returns
	<-st.over
}
