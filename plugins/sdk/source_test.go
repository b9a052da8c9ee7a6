package sdk_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

const plenty = 1 << 30

func hasEvent(kind core.EventKind, cause string) func(*sdktest.Seen) bool {
	return func(seen *sdktest.Seen) bool {
		return slices.ContainsFunc(seen.Events, func(e core.Event) bool {
			return e.Kind == kind && strings.Contains(e.Cause, cause)
		})
	}
}

func messages(n int) func(*sdktest.Seen) bool {
	return func(seen *sdktest.Seen) bool { return len(seen.Messages) >= n }
}

func TestReceiveIsCalledAgainAfterItFails(t *testing.T) {
	var calls atomic.Int32
	_, session := start(t, &endpoint{receive: func(ctx context.Context, emit sdk.Emit) error {
		switch calls.Add(1) {
		case 1:
			return errors.New("connection lost")
		case 2:
			panic("nil map")
		}
		_ = emit(ctx, text("alive"))
		<-ctx.Done()
		return ctx.Err()
	}})
	session.OpenInbound(t, 1, plenty, plenty)
	session.Wait(t, "the first failure", hasEvent(sdk.EventDegraded, "connection lost"))
	session.Wait(t, "the panic", hasEvent(sdk.EventDegraded, "Receive panicked: nil map"))
	session.Wait(t, "a message", messages(1))
	session.Wait(t, "the recovery", hasEvent(sdk.EventRecovered, ""))
}

func TestNewStreamIsToldOfStandingTrouble(t *testing.T) {
	h := sdktest.InMemory(t, plugin(func(in sdk.Instance) sdk.Closer {
		in.Report(sdk.Event{Kind: sdk.EventGap, Missed: 2})
		in.Report(sdk.Event{Kind: sdk.EventGap, Missed: 3})
		in.Report(sdk.Event{Kind: sdk.EventDegraded, Cause: "no route"})
		return &endpoint{}
	}))
	if err := h.Open(t, instance); err != nil {
		t.Fatal(err)
	}
	first := h.Attach(t, "one")
	seen := first.Wait(t, "the trouble", hasEvent(sdk.EventDegraded, "no route"))
	if seen.Events[0].Missed != 5 || seen.Beats > 0 {
		t.Errorf("gaps: %+v, after %d heartbeats", seen.Events, seen.Beats)
	}
	first.Cancel()
	h.Attach(t, "one").Wait(t, "the trouble again", hasEvent(sdk.EventDegraded, "no route"))
}

func TestEmitWaitsInTurnAndEndsWithItsContext(t *testing.T) {
	results := make(chan error, 2)
	emitting := make(chan sdk.Emit, 1)
	_, session := start(t, &endpoint{receive: func(ctx context.Context, emit sdk.Emit) error {
		emitting <- emit
		<-ctx.Done()
		return nil
	}})
	emit := <-emitting
	ctx, cancel := context.WithCancel(t.Context())
	go func() { results <- emit(ctx, text("1", "2", "3")) }()
	session.OpenInbound(t, 1, 2, plenty)
	session.Wait(t, "two of three", messages(2))
	cancel()
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Errorf("emit ended with %v", err)
	}
	go func() { results <- emit(t.Context(), text("4", "5")) }()
	session.Grant(t, 1, 2, 0)
	if err := <-results; err != nil {
		t.Error(err)
	}
	if got := texts(session.Wait(t, "the rest", messages(4)).Messages); !slices.Equal(got, []string{"1", "2", "4", "5"}) {
		t.Errorf("got %v", got)
	}
	if emit(t.Context(), text("a", "b"), "one token") == nil {
		t.Error("one token for two messages was taken")
	}
}

// acking is a source that acknowledges.
type acking struct {
	endpoint
	settle func(settled, returned []string) error
	pause  func(bool)
}

func (a *acking) Settle(_ context.Context, settled, returned []string) error {
	return a.settle(settled, returned)
}

func (a *acking) Pause(paused bool) {
	if a.pause != nil {
		a.pause(paused)
	}
}

func TestOversizedMessagesAreLeftOut(t *testing.T) {
	settled := make(chan []string, 10)
	header := &sdk.Header{Attributes: sdk.NewAttributes(sdk.Attribute{Name: "conn", Value: strings.Repeat("x", 60)})}
	h, session := start(t, &acking{
		endpoint: endpoint{receive: func(ctx context.Context, emit sdk.Emit) error {
			list := text("1", strings.Repeat("2", twoMiB), "3")
			list = append(list, sdk.Message{Payload: make([]byte, 1<<20-20), Header: header})
			_ = emit(ctx, list, "a", "b", "c", "d")
			<-ctx.Done()
			return nil
		}},
		settle: func(s, _ []string) error { settled <- s; return nil },
	})
	if got := <-settled; !slices.Equal(got, []string{"b", "d"}) {
		t.Errorf("settled %v", got)
	}
	session.OpenInbound(t, 1, plenty, plenty)
	if got := texts(session.Wait(t, "the others", messages(2)).Messages); !slices.Equal(got, []string{"1", "3"}) {
		t.Errorf("got %v", got)
	}
	if n := h.Inspect(t, "one")["too-large"]; n != 2 {
		t.Errorf("%d counted", n)
	}
}

const twoMiB = 2 << 20

func TestSettleIsCalledAgainUntilItWorks(t *testing.T) {
	calls := make(chan []string, 10)
	failing := errors.New("redis is away")
	_, session := start(t, &acking{
		endpoint: endpoint{receive: func(ctx context.Context, emit sdk.Emit) error {
			_ = emit(ctx, text("1", "2"), "a", "b")
			<-ctx.Done()
			return nil
		}},
		settle: func(s, _ []string) error {
			calls <- s
			if len(calls) == 1 {
				return failing
			}
			return nil
		},
	})
	session.OpenInbound(t, 1, plenty, plenty)
	session.Wait(t, "messages", messages(2))
	session.Settle(t, core.Receipt{Epoch: 1, UpTo: 2, Exceptions: []core.Exception{{First: 2, Count: 1, Outcome: core.OutcomePending}}})
	for range 1 {
		if got := <-calls; !slices.Equal(got, []string{"a"}) {
			t.Errorf("settled %v", got)
		}
	}
	session.Settle(t, core.Receipt{Epoch: 1, UpTo: 2, Exceptions: []core.Exception{{First: 2, Count: 1, Outcome: core.OutcomeConfirmed}}})
	var later []string
	for !slices.Contains(later, "b") {
		later = append(later, <-calls...)
	}
}

func TestPauserIsToldOfCredit(t *testing.T) {
	told := make(chan bool, 10)
	_, session := start(t, &acking{
		endpoint: endpoint{receive: func(ctx context.Context, emit sdk.Emit) error {
			_ = emit(ctx, text("1", "2"))
			<-ctx.Done()
			return nil
		}},
		settle: func([]string, []string) error { return nil },
		pause:  func(paused bool) { told <- paused },
	})
	if !<-told {
		t.Error("not paused without credit")
	}
	session.OpenInbound(t, 1, plenty, plenty)
	if <-told {
		t.Error("paused with credit")
	}
}
