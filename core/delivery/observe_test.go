package delivery_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
)

// observed keeps what an observer was shown, as "NUMBER VERDICT REASON".
type observed struct {
	mu   sync.Mutex
	seen []string
}

func (o *observed) Observe(messages []core.Message, verdict core.Verdict, reason core.Reason) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range messages {
		text := fmt.Sprintf("%d %s", coretest.Number(&messages[i]), verdict)
		if verdict == core.VerdictDropped || verdict == core.VerdictMixed {
			text += " " + reason.String()
		}
		o.seen = append(o.seen, text)
	}
}

func (o *observed) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.seen
	o.seen = nil
	return seen
}

func expect(f *fixture, o *observed, want ...string) {
	f.Helper()
	if got := o.take(); !slices.Equal(got, want) {
		f.Errorf("observed %q, want %q", got, want)
	}
}

func TestAnObserverSeesWhatBecameOfEachMessage(t *testing.T) {
	window := &core.Window{}
	within(t, delivery.Options{Window: window}, func(f *fixture) {
		o := &observed{}
		window.Open(o)
		f.connect()
		f.offer(4)
		f.confirm(1)
		f.refuse(2, permanent(core.FailureTooLarge))
		f.lane.Except(3, 1, core.OutcomeNoRecipient, nil)
		f.disconnect(true)
		expect(f, o, "0 delivered", "1 dropped too-large", "2 dropped no-recipient", "3 dropped plugin-lost")
		window.Open(nil)
		f.connect()
		f.offer(1)
		f.confirm(1)
		expect(f, o)
	})
}

// A live lane's receipt may only count what nobody got.
func TestAnObserverIsNotToldMoreThanTheEndpointSaid(t *testing.T) {
	window := &core.Window{}
	within(t, delivery.Options{Window: window}, func(f *fixture) {
		o := &observed{}
		window.Open(o)
		f.connect()
		f.offer(3)
		nobody := []core.OutcomeCount{{Outcome: core.OutcomeNoRecipient, Count: 1}}
		f.lane.Tell(core.Receipt{Epoch: f.lane.Epoch(), UpTo: 2, Counts: nobody})
		f.lane.Tell(core.Receipt{Epoch: f.lane.Epoch(), UpTo: 3, Counts: nobody})
		f.accounts(core.Account{In: 3, Delivered: 1, Dropped: dropped(core.ReasonNoRecipient, 2)})
		expect(f, o, "0 mixed no-recipient", "1 mixed no-recipient", "2 dropped no-recipient")
	})
}

func TestAnObserverSeesWhatOverflows(t *testing.T) {
	for overflow, want := range map[core.Overflow][]string{
		core.OverflowDropOldest: {"0 dropped overflow", "1 dropped overflow"},
		core.OverflowDropNewest: {"2 dropped overflow", "3 dropped overflow"},
	} {
		window := &core.Window{}
		within(t, delivery.Options{Window: window, Messages: 2, Overflow: overflow}, func(f *fixture) {
			o := &observed{}
			window.Open(o)
			f.Offer(coretest.Batch("source", 0, 2, 10))
			f.Offer(coretest.Batch("source", 2, 2, 10))
			f.accounts(core.Account{In: 4, Queued: 2, Dropped: dropped(core.ReasonOverflow, 2)})
			expect(f, o, want...)
		})
	}
}

// passages is a trace of every message, which keeps what became of it.
type passages struct{ observed }

func (p *passages) At(string, string) core.Passage { return p }

func (p *passages) Decoded(values []core.Message) ([]core.Message, core.Trace) { return values, p }

func (p *passages) Sent([]core.Message) {}

func (p *passages) Settled(messages []core.Message, verdict core.Verdict, reason core.Reason) {
	p.Observe(messages, verdict, reason)
}

// Nor is a trace: what nobody got is not delivered.
func TestATraceIsNotToldMoreThanTheEndpointSaid(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		p := &passages{}
		f.connect()
		batch := coretest.Batch("source", 0, 4, 10)
		batch.Trace = p
		f.Offer(batch)
		f.arrived(0, 1, 2, 3)
		nobody := []core.OutcomeCount{{Outcome: core.OutcomeNoRecipient, Count: 1}}
		f.lane.Tell(core.Receipt{Epoch: f.lane.Epoch(), UpTo: 2, Counts: nobody})
		f.lane.Tell(core.Receipt{Epoch: f.lane.Epoch(), UpTo: 3, Counts: nobody})
		f.confirm(4)
		expect(f, &p.observed, "0 mixed no-recipient", "1 mixed no-recipient", "2 dropped no-recipient", "3 delivered")
	})
}
