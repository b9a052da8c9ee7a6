package hub_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

const pair = `
plugins:
  endpoints:
    - {name: a, id: endpoint-mock}
    - {name: b, id: endpoint-mock}
    - {name: full, id: endpoint-mock, fail: {class: too-large}}
    - {name: lonely, id: endpoint-mock}
routes:
  a: [b, full]
`

// tapped runs a tap in the background and returns its events once it is in place.
func tapped(t *testing.T, r *relay, request control.TapRequest) <-chan control.TapEvent {
	t.Helper()
	events, begun, ended := make(chan control.TapEvent, 100), make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		first := true
		ended <- r.Tap(ctx, request, func(list []control.TapEvent) error {
			if first {
				close(begun)
				first = false
			}
			for _, e := range list {
				events <- e
			}
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-begun
	return events
}

func next(t *testing.T, events <-chan control.TapEvent) control.TapEvent {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(patience):
		t.Fatal("the tap shows nothing")
	}
	return control.TapEvent{}
}

func TestATapShowsWhatBecomesOfAMessageThatIsSent(t *testing.T) {
	r := start(t, pair)
	in := tapped(t, r, control.TapRequest{Endpoint: "a", In: true, Out: true})
	delivered := tapped(t, r, control.TapRequest{Endpoint: "b", In: true, Out: true})
	dropped := tapped(t, r, control.TapRequest{Endpoint: "full", Out: true})
	m := control.Message{Payload: []byte("hi"), ContentType: "text/plain", Attributes: map[string]string{"kind": "text"}}
	sent, err := r.Send(t.Context(), "a", m)
	if err != nil || strings.Join(sent.Outlets, " ") != "b full" {
		t.Fatalf("%v, %+v", err, sent)
	}
	for _, c := range []struct {
		events <-chan control.TapEvent
		want   string
	}{
		{in, "in a   received "},
		{delivered, "out b a b delivered "},
		{dropped, "out full a full dropped too-large"},
	} {
		e := next(t, c.events)
		got := fmt.Sprint(e.Direction, " ", e.Endpoint, " ", e.Route, " ", e.Outlet, " ", e.Verdict, " ", e.Reason)
		if got != c.want || e.ID != sent.ID || e.Source != "a" || e.Payload != "hi" || e.Size != 2 || e.Attributes["kind"] != "text" ||
			e.ContentType != "text/plain" {
			t.Errorf("%q: %+v", got, e)
		}
	}
	if e := r.endpoint("a"); e.Received != 1 || e.ReceivedBytes != 2 {
		t.Errorf("received %d messages, %d bytes", e.Received, e.ReceivedBytes)
	}
}

func TestPayloadsAreCutUnlessAllIsAskedFor(t *testing.T) {
	r := start(t, pair)
	short := tapped(t, r, control.TapRequest{Endpoint: "a", In: true})
	full := tapped(t, r, control.TapRequest{Endpoint: "a", In: true, Full: true})
	large := strings.Repeat("x", 100_000)
	if _, err := r.Send(t.Context(), "a", control.Message{Payload: []byte(large)}); err != nil {
		t.Fatal(err)
	}
	if e := next(t, short); e.Size != len(large) || len(e.Payload) != 4096 {
		t.Errorf("cut to %d of %d", len(e.Payload), e.Size)
	}
	if e := next(t, full); e.Payload != large {
		t.Errorf("%d of %d bytes", len(e.Payload), e.Size)
	}
}

// A reader that stands still holds nobody up; what it did not see is counted.
func TestATapLosesWhatItCannotKeepUpWith(t *testing.T) {
	r := start(t, pair)
	seen, lost := 0, uint64(0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	first := true
	go func() {
		ended <- r.Tap(ctx, control.TapRequest{Endpoint: "a", In: true}, func(list []control.TapEvent) error {
			if first {
				first = false
				close(begun)
				<-goOn
			}
			for _, e := range list {
				if lost += e.Lost; e.Lost == 0 {
					seen++
				}
			}
			if lost > 0 {
				cancel()
			}
			return nil
		})
	}()
	<-begun
	const n = 1500
	for range n {
		if _, err := r.Send(t.Context(), "a", control.Message{Payload: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	close(goOn)
	if err := <-ended; err != nil || seen != 1024 || lost != n-1024 {
		t.Errorf("%v: saw %d, lost %d of %d", err, seen, lost, n)
	}
}

func TestSendSaysWhatIsWrong(t *testing.T) {
	r := start(t, pair)
	sent, err := r.Send(t.Context(), "lonely", control.Message{})
	if err != nil || len(sent.Outlets) != 0 || r.endpoint("lonely").Unrouted != 1 {
		t.Errorf("%v, %+v, %d unrouted", err, sent, r.endpoint("lonely").Unrouted)
	}
	if err := r.SetEnabled(t.Context(), "b", false); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		m    control.Message
		code control.Code
		want string
	}{
		{"aa", control.Message{}, control.CodeUnknownEndpoint, "no endpoint"},
		{"b", control.Message{}, control.CodeDisabled, "disabled"},
		{"a", control.Message{Attributes: map[string]string{"source": "b"}}, control.CodeBadRequest, "the hub sets it"},
		{"a", control.Message{Attributes: map[string]string{"Bad": "b"}}, control.CodeBadRequest, "only a to z"},
		{"a", control.Message{Payload: make([]byte, 2<<20)}, control.CodeBadRequest, "max-message"},
	} {
		_, err := r.Send(t.Context(), c.name, c.m)
		var refused *control.Error
		if !errors.As(err, &refused) || refused.Code != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	_, err = r.Send(t.Context(), "aa", control.Message{})
	if tap := r.Tap(t.Context(), control.TapRequest{Endpoint: "aa", In: true}, nil); tap.Error() != err.Error() {
		t.Errorf("%v and %v", tap, err)
	}
}

// `to` is taken from endpoints that are trusted with it: an endpoint that strangers connect to is not.
func TestSendKeepsTheEndpointsTrust(t *testing.T) {
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: b, id: endpoint-mock}
routes: {browsers: [b], b: [browsers]}
`, freePort(t)))
	to := control.Message{Attributes: map[string]string{"to": "conn:x"}}
	if _, err := r.Send(t.Context(), "browsers", to); err == nil || !strings.Contains(err.Error(), "not trusted") {
		t.Errorf("browsers: %v", err)
	}
	if _, err := r.Send(t.Context(), "b", to); err != nil {
		t.Errorf("b: %v", err)
	}
}

// Where the context ends before the outlets have taken the message, the sender learns that it may still arrive.
func TestSendStopsWaitingWithItsContext(t *testing.T) {
	r := start(t, `
plugins:
  endpoints:
    - {name: a, id: endpoint-mock}
    - {name: b, id: endpoint-mock}
routes:
  a: [{to: b, queue: {messages: 1, overflow: block}}]
`)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	for {
		if _, err := r.Send(ctx, "a", control.Message{}); err != nil {
			if !strings.Contains(err.Error(), "took the message") || !strings.Contains(err.Error(), "enough") {
				t.Error(err)
			}
			return
		}
	}
}
