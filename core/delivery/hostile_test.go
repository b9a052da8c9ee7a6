package delivery_test

import (
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
	"pgregory.net/rapid"
)

// fault: B18
func TestImpossibleReceiptsAreCountedAndNotBelieved(t *testing.T) {
	failed := &core.Failure{Class: core.FailurePermanent}
	for name, receipt := range map[string]core.Receipt{
		"too far":             {UpTo: 4},
		"far too far":         {UpTo: math.MaxUint64},
		"nothing":             {Exceptions: []core.Exception{{First: 0, Count: 1, Outcome: core.OutcomeConfirmed}}},
		"never sent":          {Exceptions: []core.Exception{{First: 4, Count: 1, Outcome: core.OutcomeConfirmed}}},
		"too many":            {Exceptions: []core.Exception{{First: 2, Count: 3, Outcome: core.OutcomeConfirmed}}},
		"overflow":            {Exceptions: []core.Exception{{First: 2, Count: math.MaxUint64, Outcome: core.OutcomeFailed, Failure: failed}}},
		"no outcome":          {Exceptions: []core.Exception{{First: 2, Count: 1}}},
		"a source's outcome":  {Exceptions: []core.Exception{{First: 2, Count: 1, Outcome: core.OutcomeReturned}}},
		"failure not said":    {Exceptions: []core.Exception{{First: 2, Count: 1, Outcome: core.OutcomeFailed}}},
		"counts of nothing":   {Counts: []core.OutcomeCount{{Outcome: core.OutcomeFailed, Count: math.MaxUint64}}},
		"counts of confirmed": {UpTo: 3, Counts: []core.OutcomeCount{{Outcome: core.OutcomeConfirmed, Count: 1}}},
	} {
		within(t, delivery.Options{}, func(f *fixture) {
			f.connect()
			f.offer(3)
			receipt.Epoch = 1
			f.lane.Tell(receipt)
			s := f.accounts(core.Account{In: 3, InFlight: 3})
			if s.Violations != 1 || f.lane.Broken() == "" {
				t.Errorf("%s: %d violations counted, the stream ended for %q", name, s.Violations, f.lane.Broken())
			}
		})
	}
}

// fault: B18
func TestSecondReceiptOfAMessageChangesNothing(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		ticket := f.offer(3)
		f.confirm(2)
		f.confirm(1)
		f.refuse(1, permanent(core.FailurePermanent))
		f.lane.Except(2, 1, core.OutcomePending, nil)
		s := f.accounts(core.Account{In: 3, Delivered: 2, InFlight: 1})
		if s.Violations != 1 || ticket.Total() != 2 || f.lane.Broken() != "a receipt names messages that are settled already" {
			t.Errorf("%d violations, %d settled, the stream ended for %q", s.Violations, ticket.Total(), f.lane.Broken())
		}
	})
}

// What was given up for lack of a receipt may still be receipted: its endpoint was slow, and broke no rule.
func TestLateReceiptsOfWhatWasGivenUpAreNoViolation(t *testing.T) {
	for name, late := range map[string]core.Receipt{
		"counted": {UpTo: 3, Counts: []core.OutcomeCount{{Outcome: core.OutcomeNoRecipient, Count: 2}}},
		"named": {UpTo: 3, Exceptions: []core.Exception{{First: 2, Count: 2, Outcome: core.OutcomeFailed,
			Failure: &core.Failure{Class: core.FailurePermanent}}}},
		"confirmed": {UpTo: 3},
	} {
		within(t, delivery.Options{Timeout: time.Second}, func(f *fixture) {
			f.connect()
			f.offer(3)
			time.Sleep(2 * time.Second)
			late.Epoch = 1
			f.lane.Tell(late)
			s := f.accounts(core.Account{In: 3, Dropped: dropped(core.ReasonTimeout, 3)})
			if s.Violations != 0 || f.lane.Broken() != "" {
				t.Errorf("%s: the stream ended for %q", name, f.lane.Broken())
			}
		})
	}
}

func TestDeadEpochsAreVoid(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.Receipt(core.Receipt{UpTo: 1})
		f.lane.Messages, f.lane.Bytes = 1, 1
		f.connect()
		f.disconnect(false)
		f.connect()
		f.offer(3)
		f.lane.Tell(core.Receipt{Epoch: 1, UpTo: 1})
		f.Credit(1, 100, 100)
		s := f.accounts(core.Account{In: 3, InFlight: 1, Queued: 2})
		if s.Void != 3 || s.Violations != 0 {
			t.Errorf("%d void, %d violations", s.Void, s.Violations)
		}
	})
}

func TestCreditBoundsWhatIsSent(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.lane.Messages, f.lane.Bytes = 10, 25
		f.connect()
		f.offer(8)
		f.arrived(0, 1, 2) // the third overdraws
		f.lane.Credit(0, 5)
		f.arrived()
		f.lane.Credit(0, 1)
		f.arrived(3)
		f.lane.Credit(1, 1000)
		f.arrived(4, 5, 6, 7)
		f.offer(9)
		f.arrived(8, 9, 10)
	})
	within(t, delivery.Options{}, func(f *fixture) {
		f.lane.Messages, f.lane.Bytes = 1, 10
		f.connect()
		for next := range uint64(9) { // exactly as much as each needs, also of what is left of a batch
			if next%3 == 0 {
				f.offer(3)
			}
			f.arrived(next)
			f.lane.Credit(1, 10)
		}
		f.lane.Credit(1, 0)
		f.arrived()
		f.Offer(coretest.Batch("source", 9, 2, 0))
		f.arrived(9, 10)
	})
	within(t, delivery.Options{}, func(f *fixture) {
		f.lane.Messages, f.lane.Bytes = 9, 10
		f.connect()
		f.offer(1)
		f.Offer(coretest.Batch("source", 1, 1, 0))
		f.arrived(0) // an empty message needs credit too
	})
}

func TestReceiptsOfLiveLanesMayCount(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.connect()
		f.offer(10)
		f.lane.Tell(core.Receipt{Epoch: 1, UpTo: 6, Counts: []core.OutcomeCount{
			{Outcome: core.OutcomeNoRecipient, Count: 2}, {Outcome: core.OutcomeFailed, Count: 1}}})
		counts := dropped(core.ReasonNoRecipient, 2)
		counts[core.ReasonFailed] = 1
		s := f.accounts(core.Account{In: 10, InFlight: 4, Delivered: 3, Dropped: counts})
		if s.Violations != 0 {
			t.Error("counts were taken for a violation")
		}
	})
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		f.offer(1)
		f.lane.Tell(core.Receipt{Epoch: 1, UpTo: 1, Counts: []core.OutcomeCount{{Outcome: core.OutcomeFailed, Count: 1}}})
		f.accounts(core.Account{In: 1, InFlight: 1})
	})
}

// drawReceipt says anything about sequence numbers around those that exist.
func drawReceipt(t *rapid.T) core.Receipt {
	sequence := rapid.Uint64Range(0, 40)
	receipt := core.Receipt{
		Epoch: rapid.Uint64Range(0, 6).Draw(t, "epoch"),
		UpTo:  sequence.Draw(t, "up to"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "exceptions") {
		receipt.Exceptions = append(receipt.Exceptions, core.Exception{
			First:   sequence.Draw(t, "first"),
			Count:   rapid.SampledFrom([]uint64{0, 1, 2, 9, math.MaxUint64}).Draw(t, "count"),
			Outcome: core.Outcome(rapid.Uint8Range(0, 6).Draw(t, "outcome")),
			Failure: rapid.SampledFrom([]*core.Failure{nil, {}, {Class: 9, Scope: 9, Attempted: 9},
				{Class: core.FailureThrottled, RetryAfter: math.MaxInt64}, {Scope: core.ScopeEndpoint},
				{Class: core.FailurePermanent}, {Attempted: core.AttemptedNo}}).Draw(t, "failure"),
		})
	}
	if rapid.Bool().Draw(t, "counts") {
		receipt.Counts = []core.OutcomeCount{{
			Outcome: core.Outcome(rapid.Uint8Range(0, 6).Draw(t, "counted")),
			Count:   rapid.SampledFrom([]uint64{0, 1, 5, math.MaxUint64}).Draw(t, "number"),
		}}
	}
	return receipt
}

// fault: B18
func TestHostileEndpointNeverBreaksTheAccount(t *testing.T) {
	for _, mode := range []core.Mode{core.ModeLive, core.ModeAcked} {
		for _, order := range []core.Order{core.OrderFirstAttempt, core.OrderStrict} {
			property(t, mode, order, true, func(t *rapid.T, m *model) {
				m.close()
				m.check(t)
				for i, ticket := range m.tickets {
					for j := range m.sizes[i] {
						if n := ticket.TimesSettled(j); mode == core.ModeAcked && n != 1 || n > 1 {
							t.Fatalf("message %d of batch %d was settled %d times", j, i, n)
						}
					}
				}
			})
		}
	}
}

func (m *model) lie(t *rapid.T) {
	if m.up {
		m.lane.Tell(drawReceipt(t))
	}
}

func (m *model) boast(t *rapid.T) {
	m.outlet.Credit(rapid.Uint64Range(0, 6).Draw(t, "epoch"), math.MaxUint64, math.MaxUint64)
}

// Real goroutines offer, settle and read at once: for the race detector.
func TestConcurrentUse(t *testing.T) {
	outlet := delivery.New(delivery.Options{Mode: core.ModeAcked, Messages: 64})
	lane := &echo{user: outlet}
	outlet.Up(lane, 1)
	outlet.Credit(1, 100, math.MaxInt32)
	var sources sync.WaitGroup
	for range 4 {
		sources.Go(func() {
			for range 500 {
				outlet.Offer(coretest.Batch("source", 0, 7, 10))
				if s := outlet.Snapshot(); s.Residue() != 0 {
					t.Errorf("the account does not add up by %d", s.Residue())
				}
			}
		})
	}
	sources.Wait()
	if err := outlet.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if s := outlet.Snapshot(); s.Delivered != 14_000 {
		t.Errorf("%d delivered", s.Delivered)
	}
	outlet.Close(core.ReasonShutdown)
}

func TestOutletWithoutATurnStaysBounded(t *testing.T) {
	for _, overflow := range []core.Overflow{core.OverflowDropOldest, core.OverflowDropNewest} {
		within(t, delivery.Options{Messages: 10, Overflow: overflow}, func(f *fixture) {
			for range 1000 {
				f.Offer(coretest.Batch("source", 0, 5, 10))
			}
			time.Sleep(time.Second)
			synctest.Wait()
			f.accounts(core.Account{In: 5000, Queued: 10, Dropped: dropped(core.ReasonOverflow, 4990)})
		})
	}
}
