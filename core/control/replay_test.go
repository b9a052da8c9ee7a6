package control

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestReplayShowsWhatBecomesOfEachUntilAllIsKnown(t *testing.T) {
	request := ReplayRequest{Route: "orders", Outlet: "archive", Records: []ReplayRecord{
		{ID: "00", Time: time.Unix(1, 0).UTC(), Attributes: map[string]string{"kind": "x"}, PayloadBase64: []byte{0xff}}, {ID: "01"}}}
	want := []Replayed{{Index: 1, Settled: true, Verdict: "delivered"}, {Index: 0, Verdict: "dropped", Reason: "expired"}}
	hub := &fakeHub{replaying: func(_ context.Context, got ReplayRequest, show func([]Replayed) error) error {
		if !reflect.DeepEqual(got, request) {
			t.Errorf("the hub was asked for %+v", got)
		}
		return errors.Join(show(nil), show(want[:1]), show(want[1:]))
	}}
	_, client := start(t, t.TempDir(), hub)
	var got []Replayed
	err := client.Replay(t.Context(), request, func(one Replayed) error { got = append(got, one); return nil })
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestReplayEndsWithItsContextAndWithTheHub(t *testing.T) {
	ended := make(chan struct{}, 2)
	hub := &fakeHub{replaying: func(ctx context.Context, _ ReplayRequest, show func([]Replayed) error) error {
		err := show([]Replayed{{Index: 0}})
		<-ctx.Done()
		ended <- struct{}{}
		return err
	}}
	server, client := open(t, hub, usualBounds)
	request := ReplayRequest{Route: "a", Outlet: "b", Records: make([]ReplayRecord, 2)}
	ctx, cancel := context.WithCancel(t.Context())
	if err := client.Replay(ctx, request, func(Replayed) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	<-ended // the hub goes on no longer than who asked
	closed := make(chan error, 1)
	end := func(Replayed) error { go func() { closed <- server.Close() }(); return nil }
	if err := client.Replay(t.Context(), request, end); !errors.Is(err, ErrHubEnded) {
		t.Errorf("an ended hub: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestReplayIsRefused(t *testing.T) {
	refusal := &Error{Code: CodeUnknownOutlet, Message: `there is no outlet "b" in route "a"`, Nearest: "c"}
	hub := &fakeHub{replaying: func(context.Context, ReplayRequest, func([]Replayed) error) error { return refusal }}
	_, client := start(t, t.TempDir(), hub)
	var got *Error
	if err := client.Replay(t.Context(), ReplayRequest{Route: "a", Outlet: "b"}, nil); !errors.As(err, &got) || *got != *refusal {
		t.Errorf("%v", err)
	}
	if err := client.Replay(t.Context(), ReplayRequest{Route: "a"}, nil); !errors.As(err, &got) || got.Code != CodeBadRequest {
		t.Errorf("%v", err)
	}
}
