package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// asking opens an endpoint in memory that asks by its Ask.
func asking(t *testing.T) (*sdktest.Hub, sdk.Hub) {
	t.Helper()
	var ask sdk.Hub
	h := sdktest.InMemory(t, plugin(func(in sdk.Instance) sdk.Closer {
		ask = in.Ask
		return &endpoint{}
	}))
	if err := h.Open(t, instance); err != nil {
		t.Fatal(err)
	}
	return h, ask
}

// looked looks an endpoint up in the background.
func looked(ctx context.Context, ask sdk.Hub, name string) <-chan string {
	answer := make(chan string, 1)
	go func() {
		found, err := ask.Lookup(ctx, name)
		answer <- fmt.Sprintf("%v %v", found.State, err)
	}()
	return answer
}

func within(t *testing.T, answer <-chan string) string {
	t.Helper()
	select {
	case text := <-answer:
		return text
	case <-time.After(20 * time.Second):
		t.Fatal("no answer")
		return ""
	}
}

func found(number uint64) *pluginv1.StreamRequest {
	return &pluginv1.StreamRequest{Answers: []*pluginv1.Answer{{Number: number, Result: wire.ToFound(sdk.Found{State: sdk.StateReady})}}}
}

func questions(n int) func(*sdktest.Seen) bool {
	return func(seen *sdktest.Seen) bool { return len(seen.Questions) == n }
}

func TestQuestionsWaitForAStreamAndAreAskedAgainOnTheNext(t *testing.T) {
	h, ask := asking(t)
	answer := looked(t.Context(), ask, "other")
	first := h.AttachAnswering(t, "one", 1)
	if q := first.Wait(t, "the question", questions(1)).Questions[0]; q.GetLookup().GetName() != "other" || q.TimeoutMs == 0 {
		t.Errorf("question %v", q)
	}
	first.Cancel()
	second := h.AttachAnswering(t, "one", 1)
	second.Wait(t, "the question again", questions(1))
	second.Send(t, found(1))
	if got := within(t, answer); got != "ready <nil>" {
		t.Error(got)
	}
}

func TestNoMoreIsAskedThanTheHubTakes(t *testing.T) {
	h, ask := asking(t)
	session := h.AttachAnswering(t, "one", 2)
	ctx, giveUp := context.WithCancel(t.Context())
	given := looked(ctx, ask, "given up")
	session.Wait(t, "the first question", questions(1))
	giveUp()
	if got := within(t, given); !strings.Contains(got, "context canceled") {
		t.Error(got)
	}
	second, third := looked(t.Context(), ask, "b"), looked(t.Context(), ask, "c")
	session.Wait(t, "the second question", questions(2))
	session.OpenLane(t, 7, 1, sdk.LaneOptions{}) // answered after all that was to be sent before
	if n := len(session.Seen().Questions); n != 2 {
		t.Errorf("%d questions wait, the hub takes 2: one that nobody waits for counts too", n)
	}
	session.Send(t, found(1))
	session.Wait(t, "the third question", questions(3))
	session.Send(t, found(2))
	session.Send(t, found(3))
	for _, answer := range []<-chan string{second, third} {
		if got := within(t, answer); got != "ready <nil>" {
			t.Error(got)
		}
	}
}

func TestHubsThatDoNotAnswerAreNotWaitedFor(t *testing.T) {
	if _, err := (sdk.Hub{}).Lookup(t.Context(), "x"); !errors.Is(err, sdk.ErrRefused) {
		t.Errorf("the zero value: %v", err)
	}
	h, ask := asking(t)
	h.Attach(t, "one")
	if _, err := ask.Lookup(t.Context(), "x"); !errors.Is(err, sdk.ErrRefused) || !strings.Contains(err.Error(), "too old") {
		t.Errorf("an old hub: %v", err)
	}
}

func TestConversionsAreAskedForInParts(t *testing.T) {
	h, ask := asking(t)
	session := h.AttachAnswering(t, "one", 16)
	type result struct {
		out    []sdk.Message
		faults []sdk.Fault
		err    error
	}
	done := make(chan result, 1)
	list := text(make([]string, wire.QuestionMessages+1)...)
	go func() {
		out, faults, err := ask.Marshal(t.Context(), "json", list)
		done <- result{out, faults, err}
	}()
	for n := 1; n <= 2; n++ {
		asked := session.Wait(t, "a part", questions(n)).Questions[n-1].GetMarshal_()
		payloads := make([][]byte, len(asked.Batch.Payloads))
		payloads[0] = []byte("first")
		session.Send(t, &pluginv1.StreamRequest{Answers: []*pluginv1.Answer{{Number: uint64(n), Result: &pluginv1.Answer_Conversion{
			Conversion: &pluginv1.ConversionAnswer{Batch: &pluginv1.Batch{Payloads: payloads},
				Errors: []*pluginv1.MarshalError{{Index: 0, Detail: "odd"}}}}}}})
	}
	got := <-done
	if got.err != nil || len(got.out) != len(list) || string(got.out[wire.QuestionMessages].Payload) != "first" {
		t.Fatalf("%d messages, %v", len(got.out), got.err)
	}
	if len(got.faults) != 2 || got.faults[1].Index != wire.QuestionMessages {
		t.Errorf("faults %v", got.faults)
	}
}
