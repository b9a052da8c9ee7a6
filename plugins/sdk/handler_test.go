package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

// handling opens a handler in memory, with a stream on which all may flow.
func handling(t *testing.T, h *sdk.Handling) (*sdktest.Hub, *sdktest.Session) {
	t.Helper()
	hub, session := start(t, h)
	session.OpenInbound(t, 1, 1000, 1<<20)
	session.OpenLane(t, 1, 1, sdk.LaneOptions{Source: "asker", Acked: true})
	return hub, session
}

func asked(payload string, attributes ...sdk.Attribute) sdk.Message {
	return sdk.Message{Payload: []byte(payload), Header: &sdk.Header{Attributes: sdk.NewAttributes(attributes...)}}
}

func settledUpTo(n uint64) func(*sdktest.Seen) bool {
	return func(seen *sdktest.Seen) bool { return seen.Lanes[1].UpTo == n }
}

// parity: Z23
func TestEachMessageIsHandledByACallOfItsOwn(t *testing.T) {
	together := make(chan struct{})
	_, session := handling(t, sdk.Handler(func(ctx context.Context, m sdk.Message) (sdk.Message, error) {
		switch string(m.Payload) {
		case "panic":
			panic("out of luck")
		case "fail":
			return sdk.Message{}, errors.New("no such thing")
		case "later":
			return sdk.Message{}, &sdk.Failure{Class: sdk.FailureRetryable, Scope: sdk.ScopeMessage, Attempted: sdk.AttemptedNo}
		case "wait":
			<-together
		case "release":
			close(together)
		}
		return sdk.Message{Payload: append([]byte("re: "), m.Payload...)}, nil
	}))
	session.DeliverMessages(t, 1, 1, 1, []sdk.Message{asked("wait"), asked("panic"), asked("fail"), asked("later"), asked("release")})
	seen := session.Wait(t, "the receipts", settledUpTo(5))
	want := []string{"2+1 3: Handle panicked: out of luck", "3+1 3: no such thing", "4+1 1: "}
	var got []string
	for _, x := range seen.Lanes[1].Exceptions {
		got = append(got, fmt.Sprintf("%d+%d %d: %s", x.First, x.Count, x.Failure.Class, x.Failure.Detail))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
	session.Wait(t, "both replies", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 2 })
}

// parity: Z23
func TestCallsAreToldToEndWhenThePluginStops(t *testing.T) {
	told, begun := make(chan error, 1), make(chan struct{})
	hub, session := handling(t, sdk.Handler(func(ctx context.Context, _ sdk.Message) (sdk.Message, error) {
		close(begun)
		<-ctx.Done()
		told <- ctx.Err()
		return sdk.Message{}, ctx.Err()
	}))
	session.DeliverMessages(t, 1, 1, 1, []sdk.Message{asked("x")})
	<-begun
	if err := hub.Close("one"); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-told; !errors.Is(err, context.Canceled) {
		t.Errorf("the call was told %v", err)
	}
}

func TestAReplyGoesToWhoAsked(t *testing.T) {
	_, session := handling(t, sdk.Handler(func(_ context.Context, m sdk.Message) (sdk.Message, error) {
		switch string(m.Payload) {
		case "nothing":
			return sdk.Message{}, nil
		case "own":
			return sdk.Message{Header: &sdk.Header{Attributes: sdk.NewAttributes(sdk.Attribute{Name: "to", Value: "conn:b-1.1"})}}, nil
		}
		return sdk.Message{Payload: m.Payload, Header: &sdk.Header{ContentType: "text/plain"}}, nil
	}))
	correlation, conn := sdk.Attribute{Name: "correlation", Value: "c0"}, sdk.Attribute{Name: "conn", Value: "a-1.7"}
	replies := 0
	for i, c := range []struct {
		asked           sdk.Message
		to, correlation string
		without         bool
	}{
		{asked: asked("x", correlation, conn), correlation: "c0"},
		{asked: asked("x", conn), to: "conn:a-1.7"},
		{asked: asked("x")},
		{asked: asked("own", conn), to: "conn:b-1.1"},
		{asked: asked("nothing", correlation), without: true},
	} {
		session.DeliverMessages(t, 1, 1, uint64(i+1), []sdk.Message{c.asked})
		seen := session.Wait(t, "the receipt", settledUpTo(uint64(i+1)))
		if c.without {
			continue
		}
		replies++
		seen = session.Wait(t, "the reply", func(seen *sdktest.Seen) bool { return len(seen.Messages) == replies })
		reply := seen.Messages[replies-1]
		if reply.Attribute("to") != c.to || reply.Attribute("correlation") != c.correlation {
			t.Errorf("case %d: reply %+v", i, reply.Header)
		}
	}
	if n := len(session.Seen().Messages); n != replies {
		t.Errorf("%d replies, want %d", n, replies)
	}
}

func clock(context.Context, sdk.Message) (sdk.Message, error) {
	return sdk.Message{Payload: []byte("noon")}, nil
}

// parity: Z22
func TestMessagesAreHandledByTypeAndUnknownOnesAnswered(t *testing.T) {
	hub, session := handling(t, sdk.Tasks(sdk.TypeMember("type"), map[string]sdk.Handle{"time": clock}))
	for i, payload := range []string{`{"type":"time"}`, `{"type":"weather"}`, `no JSON`, `{"type":7}`} {
		session.DeliverMessages(t, 1, 1, uint64(i+1), []sdk.Message{asked(payload, sdk.Attribute{Name: "correlation", Value: payload[:2]})})
		session.Wait(t, "a reply", func(seen *sdktest.Seen) bool { return len(seen.Messages) == i+1 })
	}
	seen := session.Wait(t, "the receipts", settledUpTo(4))
	want := []string{"noon", `{"error":"unknown type","type":"weather"}`, `{"error":"unknown type","type":""}`, `{"error":"unknown type","type":""}`}
	for i, m := range seen.Messages {
		if string(m.Payload) != want[i] || m.Attribute("correlation") == "" {
			t.Errorf("reply %d is %s with %v", i, m.Payload, m.Header)
		}
	}
	if figures := hub.Inspect(t, "one"); figures["unknown-type"] != 3 || figures["handled"] != 4 || len(seen.Lanes[1].Exceptions) != 0 {
		t.Errorf("figures %v, exceptions %v", figures, seen.Lanes[1].Exceptions)
	}
}

// A declaration that does not hold is found when the instance is opened.
func TestTasksMustHaveWhatTheirTypeAccepts(t *testing.T) {
	typ := sdk.Endpoint("endpoint-test", "for tests", sdk.HandlerCapabilities(),
		func(context.Context, sdk.Instance, noConfig) (sdk.Closer, error) {
			return sdk.Tasks(sdk.TypeAttribute("kind"), map[string]sdk.Handle{"time": clock}), nil
		}).Accepting("time", "weather")
	hub := sdktest.InMemory(t, sdk.Plugin{Name: "test", Types: []sdk.Type{typ}})
	if accepts := hub.Info(t).Types[0].Accepts; strings.Join(accepts, " ") != "time weather" {
		t.Errorf("it accepts %v", accepts)
	}
	if err := hub.Open(t, instance); err == nil || !strings.Contains(err.Error(), "accepts messages of type weather") {
		t.Errorf("opened: %v", err)
	}
}

// Replies are made by appending to what was asked, too. Messages that are handled at the same time lie behind each other
// in a frame.
func TestHandlersMayAppendToWhatTheyAreGiven(t *testing.T) {
	_, session := handling(t, sdk.Handler(func(_ context.Context, m sdk.Message) (sdk.Message, error) {
		return sdk.Message{Payload: append(m.Payload, " and a good deal more"...)}, nil
	}))
	session.DeliverMessages(t, 1, 1, 1, []sdk.Message{asked("first"), asked("second"), asked("third")})
	seen := session.Wait(t, "the replies", messages(3))
	got := texts(seen.Messages)
	slices.Sort(got)
	if want := []string{"first and a good deal more", "second and a good deal more", "third and a good deal more"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
