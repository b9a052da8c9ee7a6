package delivery

import "github.com/araldo-relay/araldo/core"

// close accounts for all that is left and for all that comes later.
func (s *sender) close(reason core.Reason) {
	s.closed = true
	s.Breaker.leave(s.outlet)
	returns := s.counts() && reason == core.ReasonShutdown
	if returns {
		s.account.Returned += s.account.Queued + s.account.InFlight
	} else {
		s.dropAll(reason)
	}
	s.flow = flow{}
	s.publish()
	s.outlet.box.shut(func(c chunk) { s.late(c, returns, reason) })
}

func (s *sender) dropAll(reason core.Reason) {
	s.dropQueue(reason)
	s.queue.admit()
	s.runs = s.pending.clear(s.open.clear(s.runs[:0]))
	s.dropRuns(reason)
	for b := range s.burials {
		for i, done := range b.done {
			if !done {
				s.unbury(b, i, &s.account.Dropped[reason])
			}
		}
	}
	clear(s.burials)
}

// late accounts for a batch that came after Close. The mailbox's lock guards the account now.
func (s *sender) late(c chunk, returns bool, reason core.Reason) {
	n := uint64(len(c.messages))
	s.account.arrive(&s.account.Queued, n)
	if returns {
		s.account.Returned += n
	} else {
		s.dropQueued(c, reason)
	}
	s.publish()
}
