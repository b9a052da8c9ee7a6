package delivery

import (
	"cmp"
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// fail treats what the exceptions of one receipt left in failed.
func (s *sender) fail() {
	if len(s.failed) == 0 {
		return
	}
	slices.SortFunc(s.failed, func(a, b failedRun) int { return cmp.Compare(a.position, b.position) })
	if s.Order == core.OrderStrict {
		s.stop()
	}
	s.judge()
	for i := range s.failed {
		s.failOne(&s.failed[i].chunk, s.failed[i].failure)
	}
	clear(s.failed)
	s.failed = s.failed[:0]
}

// stop keeps strict order: the first failed message alone is to blame. The endpoint refused all behind it, and they go
// back into the queue for a new epoch.
func (s *sender) stop() {
	rest := s.failed[0].flight
	culprit := failedRun{flight{chunk: rest.split(1), first: rest.first}, s.failed[0].failure}
	s.runs = s.runs[:0]
	if len(rest.messages) > 0 {
		s.runs = append(s.runs, rest)
	}
	for _, other := range s.failed[1:] {
		s.runs = append(s.runs, other.flight)
	}
	clear(s.failed)
	s.failed = append(s.failed[:0], culprit)
	s.runs = s.pending.clear(s.open.clear(s.runs))
	s.dropBefore(culprit.first)
	s.giveBack()
	s.renew()
}

// dropBefore drops the live messages in runs whose receipts the epoch's end makes void: they may have arrived.
func (s *sender) dropBefore(first uint64) {
	if s.acked() {
		return
	}
	s.runs = slices.DeleteFunc(s.runs, func(f flight) bool {
		if f.first < first {
			s.drop(&f.chunk, &s.account.InFlight, core.ReasonFailed)
		}
		return f.first < first
	})
}

// giveBack puts runs, which were in flight, back at the queue's front, in the order in which they once came.
func (s *sender) giveBack() {
	for i := len(s.runs) - 1; i >= 0; i-- {
		s.account.move(&s.account.InFlight, &s.account.Queued, len(s.runs[i].messages))
		s.queue.restore(s.runs[i].chunk)
	}
	clear(s.runs)
}

// judge decides what the failures say of the endpoint. One that answers about a message works.
func (s *sender) judge() {
	for i := range s.failed {
		if s.failed[i].failure.Scope == core.ScopeEndpoint {
			s.setBack(s.failed[i].failure)
			return
		}
	}
	s.worked()
}

// worked notes that the endpoint settled something.
func (s *sender) worked() {
	s.setbacks = 0
	s.probing = false
	s.Breaker.succeeded()
}

// setBack pauses the lane after a failure that is no message's fault.
func (s *sender) setBack(failure *core.Failure) {
	s.lastFailure = failure.Detail
	s.pausedUntil = s.now + s.backoff(s.setbacks, failure)
	s.setbacks++
	s.probing = false
	s.Breaker.failed(s.outlet)
}

// failOne decides what becomes of a run that failed.
func (s *sender) failOne(c *chunk, failure *core.Failure) {
	s.lastFailure = failure.Detail
	endpoint := failure.Scope == core.ScopeEndpoint
	switch {
	case !endpoint && failure.Class == core.FailureTooLarge:
		s.poison(c, core.ReasonTooLarge)
	case !endpoint && failure.Class == core.FailurePermanent:
		s.poison(c, core.ReasonRefused)
	case !s.acked() && failure.Attempted != core.AttemptedNo:
		s.drop(c, &s.account.InFlight, core.ReasonFailed)
	default:
		s.account.move(&s.account.InFlight, &s.account.Queued, len(c.messages))
		s.again(c, failure)
	}
}

// again queues a failed run for another attempt. Where the endpoint is to blame, setBack has set the pause.
func (s *sender) again(c *chunk, failure *core.Failure) {
	pause := s.now + s.backoff(c.tries-1, failure)
	switch {
	case failure.Scope == core.ScopeEndpoint:
		s.queue.restore(*c)
	case s.Order == core.OrderStrict:
		s.queue.restore(*c)
		s.pausedUntil = pause
	default:
		s.queue.delay(*c, pause)
	}
}

// backoff is the pause after so many earlier failures: full jitter below a bound that doubles, or what a throttling
// endpoint asks for.
func (s *sender) backoff(earlier int, failure *core.Failure) time.Duration {
	if failure.Class == core.FailureThrottled && failure.RetryAfter > 0 {
		return failure.RetryAfter
	}
	bound := s.Retry.Initial
	for ; earlier > 0 && bound < s.Retry.Max; earlier-- {
		bound = min(2*bound, s.Retry.Max)
	}
	return time.Duration(s.Random() * float64(min(bound, s.Retry.Max)))
}
