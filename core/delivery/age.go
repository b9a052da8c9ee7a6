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

// expire settles the queued messages that have waited for too long.
func (s *sender) expire() {
	life := s.life()
	if life <= 0 {
		return
	}
	for s.queue.ready.len() > 0 && s.old(s.queue.ready.at(0), life) {
		c := s.queue.pop()
		s.settle(&c, &s.account.Queued, &s.account.Expired)
	}
	for i := len(s.queue.later) - 1; i >= 0; i-- {
		if s.old(&s.queue.later[i].chunk, life) {
			c := s.queue.removeLater(i)
			s.settle(&c, &s.account.Queued, &s.account.Expired)
		}
	}
}

func (s *sender) old(c *chunk, life time.Duration) bool { return c.received+life <= s.now }

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
	strict := s.Order == core.OrderStrict
	s.runs = s.overdue(s.runs[:0])
	if !hung && len(s.runs) == 0 {
		return
	}
	s.lastFailure = silence.Detail
	if hung || strict || s.probing {
		s.setBack(&silence)
	}
	if strict || hung && s.acked() {
		s.restart()
	} else {
		s.lose()
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

// restart gives up the epoch and all that is in flight in it. Strict lanes must: a failure that the endpoint reports
// too late would leave it refusing the rest of its epoch for ever.
func (s *sender) restart() {
	s.runs = s.pending.clear(s.open.clear(s.runs))
	if s.acked() {
		s.giveBack()
	} else {
		s.dropRuns(core.ReasonTimeout)
	}
	s.renew()
}

// lose gives up what is overdue and goes on in the epoch.
func (s *sender) lose() {
	for s.open.len() > 0 && s.silent(s.open.at(0)) <= s.now {
		f := s.open.popFront()
		s.flow.lost = max(s.flow.lost, f.last())
		s.runs = append(s.runs, f)
	}
	if !s.acked() {
		s.dropRuns(core.ReasonTimeout)
		return
	}
	for i := range s.runs {
		c := &s.runs[i].chunk
		s.account.move(&s.account.InFlight, &s.account.Queued, len(c.messages))
		s.again(c, &silence)
	}
	clear(s.runs)
}
