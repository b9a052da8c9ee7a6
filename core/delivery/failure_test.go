package delivery_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/delivery"
)

func TestRetriesAreDoubledUpToTheLimit(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		ticket := f.offer(1)
		f.connect()
		pause := 200 * time.Millisecond
		for range 12 {
			f.refuse(f.arrived(0)[0], retryable(core.ScopeMessage, core.AttemptedUnknown))
			time.Sleep(pause - time.Millisecond)
			f.arrived()
			time.Sleep(time.Millisecond)
			pause = min(2*pause, 30*time.Second)
		}
		f.confirm(f.arrived(0)[0])
		f.accounts(core.Account{In: 1, Delivered: 1, Retried: 12})
		if ticket.TimesSettled(0) != 1 {
			t.Error("the message was not settled once")
		}
	})
}

// parity: A22
func TestSuccessorsPassARetriedMessageUnlessOrderIsStrict(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.offer(2)
		f.connect()
		f.arrived(0, 1)
		f.refuse(1, retryable(core.ScopeMessage, core.AttemptedUnknown))
		f.offer(1)
		f.arrived(2)
		time.Sleep(time.Second)
		f.arrived(0)
	})
	within(t, delivery.Options{Mode: core.ModeAcked, Order: core.OrderStrict}, func(f *fixture) {
		f.offer(3)
		f.connect()
		f.arrived(0, 1, 2)
		f.lane.Tell(core.Receipt{Epoch: 1, UpTo: 1, Exceptions: []core.Exception{{First: 2, Count: 1,
			Outcome: core.OutcomeFailed, Failure: &core.Failure{Class: core.FailureRetryable}}}})
		f.offer(1)
		f.arrived()
		time.Sleep(time.Second)
		f.arrived(1, 2, 3)
		if f.lane.Epoch() != 2 {
			t.Errorf("resent in epoch %d", f.lane.Epoch())
		}
		f.confirm(3)
		f.accounts(core.Account{In: 4, Delivered: 4, Retried: 2})
	})
}

func TestStrictOrderBlamesTheFirstFailureAlone(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked, Order: core.OrderStrict, OnPoison: core.PoisonDrop}, func(f *fixture) {
		f.offer(4)
		f.connect()
		f.arrived(0, 1, 2, 3)
		failure := permanent(core.FailurePermanent)
		f.lane.Except(2, 3, core.OutcomeFailed, &failure)
		f.arrived(0, 2, 3)
		f.accounts(core.Account{In: 4, InFlight: 3, Dropped: dropped(core.ReasonRefused, 1)})
	})
	within(t, delivery.Options{Mode: core.ModeAcked, Order: core.OrderStrict, OnPoison: core.PoisonDrop}, func(f *fixture) {
		f.offer(2)
		f.offer(2)
		f.connect()
		f.arrived(0, 1, 2, 3)
		never, again := permanent(core.FailurePermanent), retryable(core.ScopeEndpoint, core.AttemptedNo)
		f.lane.Tell(core.Receipt{Epoch: 1, Exceptions: []core.Exception{
			{First: 3, Count: 1, Outcome: core.OutcomeFailed, Failure: &again},
			{First: 1, Count: 1, Outcome: core.OutcomePending},
			{First: 2, Count: 1, Outcome: core.OutcomeFailed, Failure: &never},
		}})
		f.arrived(0, 2, 3)
		f.accounts(core.Account{In: 4, InFlight: 3, Dropped: dropped(core.ReasonRefused, 1)})
	})
}

func TestStrictLiveRepeatsOnlyWhatWasRefused(t *testing.T) {
	within(t, delivery.Options{Order: core.OrderStrict}, func(f *fixture) {
		f.offer(4)
		f.connect()
		f.arrived(0, 1, 2, 3)
		failure := retryable(core.ScopeMessage, core.AttemptedUnknown)
		f.lane.Tell(core.Receipt{Epoch: 1, UpTo: 2, Exceptions: []core.Exception{
			{First: 1, Count: 1, Outcome: core.OutcomePending},
			{First: 3, Count: 1, Outcome: core.OutcomeFailed, Failure: &failure},
		}})
		f.arrived(3)
		f.accounts(core.Account{In: 4, Delivered: 1, InFlight: 1, Dropped: dropped(core.ReasonFailed, 2)})
	})
}

func TestLiveRepeatsOnlyWhatWasNotAttempted(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		ticket := f.offer(4)
		f.connect()
		f.arrived(0, 1, 2, 3)
		f.refuse(1, retryable(core.ScopeMessage, core.AttemptedYes))
		f.refuse(2, retryable(core.ScopeMessage, core.AttemptedUnknown))
		f.refuse(3, retryable(core.ScopeMessage, core.AttemptedNo))
		f.accounts(core.Account{In: 4, InFlight: 1, Queued: 1, Dropped: dropped(core.ReasonFailed, 2)})
		time.Sleep(time.Second)
		f.arrived(2)
		f.disconnect(true)
		counts := dropped(core.ReasonFailed, 2)
		counts[core.ReasonPluginLost] = 2
		f.accounts(core.Account{In: 4, Dropped: counts})
		if ticket.Total() != 0 {
			t.Error("a live outlet settled its ticket")
		}
	})
}

func TestAckedResendsInOrderAfterTheStreamsEnd(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.offer(5)
		f.connect()
		f.arrived(numbers(0, 5)...)
		f.refuse(2, retryable(core.ScopeMessage, core.AttemptedYes))
		time.Sleep(time.Second)
		f.arrived(1)
		f.lane.Except(4, 1, core.OutcomeConfirmed, nil)
		f.disconnect(true)
		f.offer(1)
		f.connect()
		f.arrived(0, 1, 2, 4, 5)
		f.confirm(5)
		f.accounts(core.Account{In: 6, Delivered: 6, Retried: 5})
	})
}

func TestThrottledWaitsAsLongAsTheEndpointAsks(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.offer(2)
		f.connect()
		f.arrived(0, 1)
		failure := core.Failure{Class: core.FailureThrottled, Scope: core.ScopeMessage, RetryAfter: time.Minute}
		f.lane.Except(2, 1, core.OutcomeConfirmed, nil)
		f.refuse(1, failure)
		time.Sleep(time.Minute - time.Nanosecond)
		f.arrived()
		time.Sleep(time.Nanosecond)
		f.arrived(0)
	})
}

func TestFailuresOfTheEndpointPauseTheLaneAndPoisonNothing(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.offer(2)
		f.connect()
		f.arrived(0, 1)
		failure := permanent(core.FailurePermanent)
		failure.Scope = core.ScopeEndpoint
		f.refuse(1, failure)
		f.offer(1)
		f.arrived()
		if s := f.accounts(core.Account{In: 3, InFlight: 1, Queued: 2}); s.Paused == "" || s.LastFailure != "never" {
			t.Errorf("paused: %q, last failure: %q", s.Paused, s.LastFailure)
		}
		time.Sleep(200 * time.Millisecond)
		f.arrived(0, 2)
	})
}

// parity: A19
func TestEndpointWithoutReceiptsTimesOut(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.connect()
		f.offer(2)
		time.Sleep(9 * time.Second)
		f.offer(1)
		f.confirm(1)
		time.Sleep(9 * time.Second)
		f.accounts(core.Account{In: 3, Delivered: 1, InFlight: 2})
		time.Sleep(time.Second)
		s := f.accounts(core.Account{In: 3, Delivered: 1, Dropped: dropped(core.ReasonTimeout, 2)})
		if s.LastFailure == "" {
			t.Error("the timeout has no words")
		}
		// What comes late is no violation.
		f.confirm(3)
		f.accounts(core.Account{In: 3, Delivered: 1, Dropped: dropped(core.ReasonTimeout, 2)})
	})
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		f.offer(2)
		f.arrived(0, 1)
		time.Sleep(10*time.Second + 200*time.Millisecond)
		f.arrived(0, 1)
		f.confirm(2)
		f.accounts(core.Account{In: 2, Delivered: 2, Retried: 2})
	})
}

func TestStrictLaneGoesOnAfterAFailureThatCameTooLate(t *testing.T) {
	for _, outcome := range []core.Outcome{core.OutcomePending, core.OutcomeConfirmed} {
		within(t, delivery.Options{Order: core.OrderStrict}, func(f *fixture) {
			f.connect()
			f.offer(2)
			f.arrived(0, 1)
			f.lane.Except(1, 1, outcome, nil)
			synctest.Wait()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			failure := retryable(core.ScopeMessage, core.AttemptedNo)
			f.lane.Tell(core.Receipt{Epoch: 1, Exceptions: []core.Exception{
				{First: 2, Count: 1, Outcome: core.OutcomeFailed, Failure: &failure}}})
			time.Sleep(time.Second)
			f.offer(1) // the endpoint refuses the rest of its epoch
			f.arrived(2)
			if f.lane.Epoch() != 2 {
				t.Errorf("sent in epoch %d", f.lane.Epoch())
			}
		})
	}
}

func TestPendingMessagesTimeOutOneByOne(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		f.offer(3)
		f.arrived(0, 1, 2)
		f.lane.Except(2, 1, core.OutcomePending, nil)
		f.confirm(3)
		f.accounts(core.Account{In: 3, Delivered: 2, InFlight: 1})
		time.Sleep(10*time.Second + 200*time.Millisecond)
		f.arrived(1)
		f.lane.Except(2, 1, core.OutcomeConfirmed, nil)
		f.confirm(4)
		if s := f.accounts(core.Account{In: 3, Delivered: 3, Retried: 1}); s.Violations != 0 {
			t.Error("a late receipt was taken for a violation")
		}
	})
}

func TestEachPendingMessageHasItsOwnTime(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked, Random: func() float64 { return 0 }}, func(f *fixture) {
		f.connect()
		f.offer(2)
		f.arrived(0, 1)
		f.lane.Except(1, 1, core.OutcomePending, nil)
		time.Sleep(4 * time.Second)
		f.lane.Except(2, 1, core.OutcomePending, nil)
		time.Sleep(6 * time.Second)
		f.confirm(f.arrived(0)[0])
		time.Sleep(4 * time.Second)
		f.arrived(1)
	})
	within(t, delivery.Options{Mode: core.ModeAcked, Order: core.OrderStrict}, func(f *fixture) {
		f.connect()
		f.offer(3)
		f.arrived(0, 1, 2)
		f.lane.Except(1, 1, core.OutcomePending, nil)
		time.Sleep(9 * time.Second)
		f.lane.Except(2, 1, core.OutcomeConfirmed, nil)
		time.Sleep(time.Second)
		f.arrived()
		time.Sleep(200 * time.Millisecond)
		f.arrived(0, 2)
	})
}

func TestPoison(t *testing.T) {
	within(t, delivery.Options{}, func(f *fixture) {
		f.connect()
		f.offer(2)
		f.refuse(1, permanent(core.FailurePermanent))
		f.refuse(2, permanent(core.FailureTooLarge))
		counts := dropped(core.ReasonRefused, 1)
		counts[core.ReasonTooLarge] = 1
		f.accounts(core.Account{In: 2, Dropped: counts})
	})
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		f.offer(2)
		f.arrived(0, 1)
		f.refuse(1, permanent(core.FailurePermanent))
		f.offer(1)
		time.Sleep(time.Second)
		f.arrived()
		f.refuse(2, retryable(core.ScopeEndpoint, core.AttemptedNo))
		time.Sleep(time.Second)
		f.arrived() // nothing passes what is held
		if s := f.accounts(core.Account{In: 3, Queued: 3}); s.Paused == "" {
			t.Error("a held lane does not say so")
		}
	})
}

func TestHeldPoisonIsTriedAgainWhenTheEndpointChanges(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked}, func(f *fixture) {
		f.connect()
		f.offer(2)
		f.arrived(0, 1)
		f.lane.Tell(core.Receipt{Epoch: 1, UpTo: 2, Exceptions: []core.Exception{{First: 1, Count: 1,
			Outcome: core.OutcomeFailed, Failure: &core.Failure{Class: core.FailurePermanent}}}})
		f.arrived()
		f.SetEnabled(true)
		f.refuse(f.arrived(0)[0], permanent(core.FailurePermanent))
		f.disconnect(false)
		f.connect()
		f.confirm(f.arrived(0)[0])
		f.accounts(core.Account{In: 2, Delivered: 2, Retried: 2})
	})
}
