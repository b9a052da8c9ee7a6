package delivery

import (
	"time"

	"github.com/araldo-relay/araldo/core"
)

// silence is the failure of an endpoint that gives no receipt.
var silence = core.Failure{
	Class:     core.FailureRetryable,
	Scope:     core.ScopeMessage,
	Attempted: core.AttemptedUnknown,
	Detail:    "no receipt within the endpoint's timeout",
}

// expire settles the queued messages that are older than TTL.
func (s *sender) expire() {
	if s.TTL <= 0 {
		return
	}
	for s.queue.ready.len() > 0 && s.old(s.queue.ready.at(0)) {
		c := s.queue.pop()
		s.settle(&c, &s.account.Queued, &s.account.Expired)
	}
	for i := len(s.queue.later) - 1; i >= 0; i-- {
		if s.old(&s.queue.later[i].chunk) {
			c := s.queue.removeLater(i)
			s.settle(&c, &s.account.Queued, &s.account.Expired)
		}
	}
}

func (s *sender) old(c *chunk) bool { return c.received+s.TTL <= s.now }

// silentAt is when the endpoint's silence is a failure, if it lasts. The timeout begins anew whenever a receipt settles
// something, so that a long queue inside an endpoint that works is none; for pending messages it begins once.
func (s *sender) silentAt() (at time.Duration, found bool) {
	if s.open.len() > 0 {
		at, found = s.silent(s.open.at(0)), true
	}
	if s.pending.len() > 0 && (!found || s.flow.pendingSince+s.Timeout < at) {
		at, found = s.flow.pendingSince+s.Timeout, true
	}
	return at, found
}

func (s *sender) silent(f *flight) time.Duration { return max(f.since, s.flow.progress) + s.Timeout }

// timeOut treats what got no receipt in time.
func (s *sender) timeOut() {
	if at, found := s.silentAt(); !found || at > s.now {
		return
	}
	hung := s.open.len() > 0 && s.silent(s.open.at(0)) <= s.now
	s.runs = s.overdue(s.runs[:0])
	switch {
	case hung:
		s.lose()
	case len(s.runs) > 0:
		s.losePending()
	}
}

// overdue cuts the pending flights whose time is over and notes the others' beginning.
func (s *sender) overdue(into []flight) []flight {
	s.flow.pendingSince = s.now
	for i := 0; i < s.pending.len(); {
		f := s.pending.at(i)
		if f.since+s.Timeout > s.now {
			s.flow.pendingSince = min(s.flow.pendingSince, f.since)
			i++
			continue
		}
		s.flow.lost = max(s.flow.lost, f.last())
		into = append(into, *f)
		s.pending.remove(i, i+1)
	}
	return into
}

// lose gives up on an endpoint that says nothing. Live messages whose time is over are dropped; acked lanes go back to
// the first unsettled message.
func (s *sender) lose() {
	s.setBack(&silence)
	if s.acked() {
		s.runs = s.pending.clear(s.open.clear(s.runs))
		s.giveBack()
		s.renew()
		return
	}
	for s.open.len() > 0 && s.silent(s.open.at(0)) <= s.now {
		f := s.open.popFront()
		s.flow.lost = max(s.flow.lost, f.last())
		s.runs = append(s.runs, f)
	}
	s.dropRuns(core.ReasonTimeout)
}

// losePending gives up on single messages for which the endpoint promised a receipt.
func (s *sender) losePending() {
	s.lastFailure = silence.Detail
	switch {
	case !s.acked():
		s.dropRuns(core.ReasonTimeout)
	case s.Order == core.OrderStrict:
		s.setBack(&silence)
		s.runs = s.pending.clear(s.open.clear(s.runs))
		s.giveBack()
		s.renew()
	default:
		s.retryRuns()
	}
}

func (s *sender) retryRuns() {
	for i := range s.runs {
		c := &s.runs[i].chunk
		s.account.move(&s.account.InFlight, &s.account.Queued, len(c.messages))
		s.again(c, &silence)
	}
	clear(s.runs)
}
