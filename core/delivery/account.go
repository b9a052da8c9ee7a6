package delivery

import "github.com/araldo-relay/araldo/core"

// account changes only by arrive and move, so that its identity holds after every step.
type account struct{ core.Account }

// arrive counts n new messages at place.
func (a *account) arrive(place *uint64, n uint64) {
	a.In += n
	*place += n
}

// take counts messages that came no further.
func (a *account) take(n absent) {
	a.arrive(&a.Filtered, n.filtered)
	a.arrive(&a.Dropped[core.ReasonOverflow], n.overflowed)
	a.arrive(&a.Dropped[core.ReasonHopLimit], n.spent)
	a.arrive(&a.Dropped[core.ReasonLateReply], n.late)
}

// move counts n messages at to that were counted at from.
func (a *account) move(from, to *uint64, n int) {
	*from -= uint64(n)
	*to += uint64(n)
}

// settle moves a chunk to its last place, tells its ticket and shows it to whoever looks in.
func (s *sender) settle(c *chunk, from, to *uint64) {
	s.place(c, from, to)
	verdict, reason := s.verdict(to)
	s.show(c, verdict, reason)
}

// place moves a chunk to its last place and tells its ticket.
func (s *sender) place(c *chunk, from, to *uint64) {
	s.account.move(from, to, len(c.messages))
	if s.counts() && c.ticket != nil {
		c.ticket.Settled(c.index, len(c.messages))
	}
}

func (s *sender) drop(c *chunk, from *uint64, reason core.Reason) {
	s.settle(c, from, &s.account.Dropped[reason])
}

// publish shows the state to others, if it changed.
func (s *sender) publish() {
	oldest, _ := s.queue.oldest()
	next := published{oldest: oldest, before: s.before, Snapshot: s.snapshot()}
	if next != *s.outlet.published.Load() {
		fresh := next
		s.outlet.published.Store(&fresh)
	}
}

func (s *sender) snapshot() core.Snapshot {
	return core.Snapshot{
		Account:     s.account.Account,
		LastFailure: s.lastFailure,
		Paused:      s.pause(),
		Void:        s.void,
		Violations:  s.violations,
		QueuedBytes: s.queue.cost,
		Latency:     s.latency,
	}
}

// pause says why what is queued is not being sent.
func (s *sender) pause() string {
	switch {
	case s.queue.messages == 0:
		return ""
	case !s.enabled:
		return "the endpoint is disabled"
	case s.flow.lane == nil:
		return "the endpoint's plugin is not connected"
	case s.held():
		return "the endpoint can't take the first message: " + s.lastFailure
	case s.buried >= s.Messages:
		return "the dead letter does not take what failed"
	case s.pausedUntil > s.now:
		return "waiting before another attempt"
	case s.breakerUntil > s.now || s.probing:
		return "the endpoint keeps failing"
	case s.flow.messages == 0 || s.flow.bytes <= 0:
		return "the endpoint takes no more for now"
	case s.queue.next(s.now) == nil && s.queue.ready.len() > 0 && !s.queue.ready.at(0).encoded:
		return "the marshalling has not encoded the first message yet"
	case s.queue.next(s.now) == nil:
		return "waiting before another attempt"
	}
	return ""
}
