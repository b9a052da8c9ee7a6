package delivery_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/delivery"
)

// broken runs an acked outlet whose endpoint has failed often enough to open the breaker.
func broken(t *testing.T, test func(f *fixture, breaker *delivery.Breaker)) {
	breaker := delivery.NewBreaker()
	noPause := func() float64 { return 0 }
	within(t, delivery.Options{Mode: core.ModeAcked, Breaker: breaker, Random: noPause}, func(f *fixture) {
		f.connect()
		f.offer(1)
		for range 5 {
			f.refuse(f.arrived(0)[0], retryable(core.ScopeEndpoint, core.AttemptedNo))
		}
		f.offer(2)
		f.arrived()
		test(f, breaker)
	})
}

func TestBreakerLetsOneMessageTryAfterAPauseThatDoubles(t *testing.T) {
	broken(t, func(f *fixture, _ *delivery.Breaker) {
		for _, pause := range []time.Duration{5, 10, 20, 40, 60, 60} {
			if f.Snapshot().Paused != "the endpoint keeps failing" {
				t.Errorf("paused: %q", f.Snapshot().Paused)
			}
			time.Sleep(pause*time.Second - time.Nanosecond)
			f.arrived()
			time.Sleep(time.Nanosecond)
			f.refuse(f.arrived(0)[0], retryable(core.ScopeEndpoint, core.AttemptedNo))
		}
		time.Sleep(time.Minute)
		f.confirm(f.arrived(0)[0])
		f.arrived(1, 2)
		f.accounts(core.Account{In: 3, Delivered: 1, InFlight: 2})
	})
}

func TestBreakerBeginsAnewAfterASuccess(t *testing.T) {
	broken(t, func(f *fixture, _ *delivery.Breaker) {
		time.Sleep(5 * time.Second)
		f.confirm(f.arrived(0)[0])
		f.confirm(f.arrived(1, 2)[1])
		f.offer(1)
		for range 5 {
			f.refuse(f.arrived(3)[0], retryable(core.ScopeEndpoint, core.AttemptedNo))
		}
		f.arrived()
		time.Sleep(5 * time.Second)
		f.arrived(3)
	})
}

func TestLateFailuresDoNotLengthenThePause(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked, Random: func() float64 { return 0 }}, func(f *fixture) {
		f.connect()
		f.offer(8)
		f.arrived(numbers(0, 8)...)
		for sequence := range uint64(8) {
			f.refuse(sequence+1, retryable(core.ScopeEndpoint, core.AttemptedNo))
		}
		f.lane.Take()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if len(f.lane.Take()) != 1 {
			t.Error("failures of messages sent before lengthened the pause")
		}
	})
}

func TestBreakerIsSharedByTheOutletsOfAnEndpoint(t *testing.T) {
	broken(t, func(f *fixture, breaker *delivery.Breaker) {
		other := &fixture{T: t, Outlet: delivery.New(delivery.Options{Breaker: breaker})}
		defer other.Close(core.ReasonRemoved)
		other.connect()
		other.offer(1)
		other.arrived()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		tried, waiting := f, other
		probe := f.lane.Take()
		if len(probe) == 0 {
			tried, waiting = other, f
			probe = other.lane.Take()
		}
		if len(probe) != 1 {
			t.Fatalf("%d messages tried, want 1", len(probe))
		}
		waiting.arrived()
		// The stream ends before the fate is known: the other outlet may try.
		tried.disconnect(false)
		sent := waiting.lane.Take()
		if len(sent) != 1 {
			t.Fatalf("%d messages tried in its place, want 1", len(sent))
		}
		waiting.confirm(sent[0].Sequence)
		tried.connect()
		tried.offer(1)
		if len(tried.lane.Take()) == 0 {
			t.Error("a closed breaker holds an outlet back")
		}
	})
}

func TestAnswerAboutAMessageShowsAnEndpointThatWorks(t *testing.T) {
	broken(t, func(f *fixture, _ *delivery.Breaker) {
		time.Sleep(5 * time.Second)
		f.refuse(f.arrived(0)[0], retryable(core.ScopeMessage, core.AttemptedYes))
		f.arrived(0, 1, 2)
	})
}

func TestEnablingAnEndpointClosesItsBreaker(t *testing.T) {
	broken(t, func(f *fixture, _ *delivery.Breaker) {
		f.SetEnabled(false)
		f.SetEnabled(true)
		f.arrived(0, 1, 2)
	})
}

func TestSilentEndpointOpensTheBreaker(t *testing.T) {
	within(t, delivery.Options{Mode: core.ModeAcked, Timeout: time.Second}, func(f *fixture) {
		f.connect()
		f.offer(1)
		time.Sleep(11*time.Second + 200*time.Millisecond)
		if got := len(f.lane.Take()); got != 5 {
			t.Errorf("%d attempts, want 5", got)
		}
	})
}

// The message that tries for all may be named as pending and never again: that is a failure like silence.
func TestAProbeThatStaysPendingIsAFailure(t *testing.T) {
	broken(t, func(f *fixture, _ *delivery.Breaker) {
		time.Sleep(5 * time.Second)
		f.lane.Except(f.arrived(0)[0], 1, core.OutcomePending, nil)
		time.Sleep(delivery.DefaultTimeout + 10*time.Second - time.Nanosecond)
		f.arrived()
		time.Sleep(time.Nanosecond)
		f.confirm(f.arrived(0)[0])
		f.arrived(1, 2)
	})
}
