package delivery_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
	"pgregory.net/rapid"
)

// front is the outlet that gets what is offered and has the account of both.
func (m *model) front() *delivery.Outlet {
	if m.heir != nil {
		return m.heir
	}
	return m.outlet
}

// replace begins to replace the outlet.
func (m *model) replace(*rapid.T) {
	if m.heir == nil {
		m.heir = delivery.NewAfter(m.outlet, m.options)
		m.heir.SetEnabled(m.enabled)
	}
}

// succeed puts the heir into the outlet's place.
func (m *model) succeed(t *rapid.T) {
	if m.heir == nil {
		return
	}
	m.disconnect(t)
	m.outlet.Bequeath(context.Background(), m.heir)
	m.outlet, m.heir = m.heir, nil
}

// takeBack gives the replacement up.
func (m *model) takeBack(*rapid.T) {
	if m.heir == nil {
		return
	}
	m.heir.Bequeath(context.Background(), m.outlet)
	m.heir = nil
}

func (m *model) enable(enabled bool) {
	m.enabled = enabled
	m.outlet.SetEnabled(enabled)
	m.front().SetEnabled(enabled)
}

func (m *model) close() {
	m.front().Close(core.ReasonRemoved)
	m.outlet.Close(core.ReasonRemoved)
}

// succeeded has an outlet with other options take the fixture's place; the lane goes down for it.
func (f *fixture) succeeded(options delivery.Options, meanwhile func()) {
	options.Random = func() float64 { return 1 - 1e-9 }
	before := f.Outlet
	f.Outlet = delivery.NewAfter(before, options)
	meanwhile()
	before.Bequeath(f.Context(), f.Outlet)
	synctest.Wait()
}

func acked(more delivery.Options) delivery.Options {
	more.Mode = core.ModeAcked
	return more
}

// fault: F12
func TestAnHeirSendsWhatItInheritsBeforeItsOwn(t *testing.T) {
	within(t, acked(delivery.Options{Messages: 4}), func(f *fixture) {
		f.connect()
		tickets := []*coretest.Ticket{f.offer(3)}
		f.arrived(0, 1, 2)
		f.refuse(2, retryable(core.ScopeMessage, core.AttemptedNo))
		f.disconnect(false)
		tickets = append(tickets, f.offer(3))
		f.succeeded(acked(delivery.Options{Messages: 4, Order: core.OrderStrict}), func() {
			tickets = append(tickets, f.offer(2))
			f.accounts(core.Account{In: 8, Queued: 8})
		})
		f.accounts(core.Account{In: 8, Queued: 8})
		if tickets[1].TimesQueued() != 0 {
			t.Error("a batch over the bound was queued because of a succession")
		}
		time.Sleep(time.Second)
		f.connect()
		f.arrived(0, 1, 2, 3, 4, 5, 6, 7)
		f.confirm(8)
		f.accounts(core.Account{In: 8, Delivered: 8, Retried: 3})
		for i, n := range []int{3, 3, 2} {
			if tickets[i].Total() != n || tickets[i].TimesQueued() != 1 {
				t.Errorf("batch %d: %d settled, queued %d times", i, tickets[i].Total(), tickets[i].TimesQueued())
			}
		}
	})
}

// fault: F12
func TestTicketsHearWhatTheyWerePromisedOnce(t *testing.T) {
	for name, one := range map[string]struct {
		before, after   delivery.Options
		settled, queued int // by the succession
		settledAtEnd    int
	}{
		"acked to live":            {acked(delivery.Options{Messages: 2}), delivery.Options{}, 3, 1, 3},
		"acked to acked":           {acked(delivery.Options{Messages: 2}), acked(delivery.Options{Messages: 2, Order: core.OrderStrict}), 0, 0, 3},
		"live that waits to live":  {delivery.Options{Messages: 2, Overflow: core.OverflowBlock}, delivery.Options{}, 0, 1, 0},
		"live that waits to acked": {delivery.Options{Messages: 2, Overflow: core.OverflowBlock}, acked(delivery.Options{Messages: 2}), 0, 0, 0},
		"live to acked":            {delivery.Options{}, acked(delivery.Options{}), 0, 0, 0},
	} {
		within(t, one.before, func(f *fixture) {
			ticket := f.offer(3)
			before := f.Outlet
			f.succeeded(one.after, func() {})
			if ticket.Total() != one.settled || ticket.TimesQueued() != one.queued {
				t.Errorf("%s: %d settled, queued %d times by the succession", name, ticket.Total(), ticket.TimesQueued())
			}
			f.connect()
			f.arrived(0, 1, 2)
			f.confirm(3)
			late := coretest.Batch("source", 3, 1, 10)
			late.Ticket, late.Filtered = &coretest.Ticket{}, 1
			before.Offer(late)
			f.arrived(3)
			f.confirm(4)
			f.accounts(core.Account{In: 5, Delivered: 4, Filtered: 1})
			blocked := one.before.Blocks()
			if want := map[bool]int{true: 1}[blocked]; ticket.TimesQueued() != want || ticket.Total() != one.settledAtEnd {
				t.Errorf("%s: %d settled, queued %d times at the end", name, ticket.Total(), ticket.TimesQueued())
			}
			if late := late.Ticket.(*coretest.Ticket); blocked != (late.TimesQueued() == 1) || (one.settledAtEnd > 0) != (late.Total() == 1) {
				t.Errorf("%s: of a late batch %d were settled, queued %d times", name, late.Total(), late.TimesQueued())
			}
		})
	}
}

// fault: F12
func TestWhatAnotherEncoderHadIsSentAsThatWouldHave(t *testing.T) {
	encodes(t, acked(delivery.Options{}), func(f *fixture, encoder *coretest.Converter) {
		f.offer(2)
		other := &coretest.Converter{Prefix: "other:"}
		before := f.Outlet
		f.Outlet = delivery.NewAfter(before, acked(delivery.Options{Encoder: other}))
		f.offer(1)
		succeeded := make(chan struct{})
		go func() {
			defer close(succeeded)
			before.Bequeath(f.Context(), f.Outlet)
		}()
		synctest.Wait()
		f.answer(encoder, sound)
		<-succeeded
		f.connect()
		f.answer(other, sound)
		for i, sent := range f.lane.Take() {
			if want := []string{"e", "e", "o"}[i]; string(sent.Message.Payload[:1]) != want {
				t.Errorf("message %d was sent as %q", i, sent.Message.Payload)
			}
		}
		f.confirm(3)
		f.accounts(core.Account{In: 3, Delivered: 3})
	})
}

// fault: F12
func TestWhatCantBeEncodedInTimeIsReturned(t *testing.T) {
	encodes(t, acked(delivery.Options{Messages: 1}), func(f *fixture, encoder *coretest.Converter) {
		ticket := f.offer(2)
		before := f.Outlet
		f.Outlet = delivery.NewAfter(before, acked(delivery.Options{}))
		ctx, cancel := context.WithTimeout(f.Context(), time.Second)
		defer cancel()
		before.Bequeath(ctx, f.Outlet)
		f.offer(1)
		f.connect()
		f.arrived(2)
		f.confirm(1)
		f.accounts(core.Account{In: 3, Delivered: 1, Dropped: dropped(core.ReasonRemoved, 2), Returned: 2})
		if ticket.Total() != 0 || ticket.TimesQueued() != 1 {
			t.Errorf("%d settled, queued %d times", ticket.Total(), ticket.TimesQueued())
		}
	})
}

// fault: F12
func TestDeadLettersUnderWayAreTheHeirs(t *testing.T) {
	grave := &graveyard{attempts: map[uint64]int{}}
	within(t, acked(delivery.Options{DeadLetter: grave}), func(f *fixture) {
		f.connect()
		ticket := f.offer(2)
		f.arrived(0, 1)
		f.refuse(1, permanent(core.FailurePermanent))
		f.disconnect(false)
		f.succeeded(acked(delivery.Options{Order: core.OrderStrict}), func() {})
		f.accounts(core.Account{In: 2, Queued: 1, InFlight: 1})
		grave.settleAll()
		f.accounts(core.Account{In: 2, Queued: 1, DeadLettered: 1})
		f.connect()
		f.arrived(1)
		f.confirm(1)
		f.accounts(core.Account{In: 2, Delivered: 1, DeadLettered: 1})
		if ticket.Total() != 2 {
			t.Errorf("%d settled", ticket.Total())
		}
	})
}

// A succession that is given up leaves all to the outlet that was to be replaced.
//
// fault: F12
func TestASuccessionCanBeTakenBack(t *testing.T) {
	within(t, acked(delivery.Options{}), func(f *fixture) {
		f.connect()
		first := f.offer(2)
		f.arrived(0, 1)
		before := f.Outlet
		f.Outlet = delivery.NewAfter(before, acked(delivery.Options{Order: core.OrderStrict}))
		second := f.offer(2)
		f.accounts(core.Account{In: 4, Queued: 2, InFlight: 2})
		f.Outlet.Bequeath(f.Context(), before)
		f.Outlet = before
		f.arrived(2, 3)
		f.confirm(4)
		f.accounts(core.Account{In: 4, Delivered: 4})
		if first.Total()+second.Total() != 4 {
			t.Errorf("%d and %d settled", first.Total(), second.Total())
		}
	})
}
