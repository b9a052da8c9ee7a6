package delivery

import "github.com/araldo-relay/araldo/core"

// close accounts for all that is left and for all that comes later.
func (s *sender) close() {
	s.Breaker.leave(s.outlet)
	switch {
	case s.heir != nil:
		s.bequeath()
	case s.returns():
		s.account.Returned += s.account.Queued + s.account.InFlight
		s.end()
	default:
		s.dropAll()
		s.end()
	}
	s.outlet.box.shut(s)
}

func (s *sender) end() {
	s.flow = flow{}
	s.publish()
}

// returns reports whether what is left stays unsettled, so that its source brings it again.
func (s *sender) returns() bool { return s.counts() && s.reason == core.ReasonShutdown }

func (s *sender) dropAll() {
	s.dropQueue(s.reason)
	s.queue.admit()
	s.runs = s.pending.clear(s.open.clear(s.runs[:0]))
	s.dropRuns(s.reason)
	for b := range s.burials {
		for i, done := range b.done {
			if !done {
				s.unbury(b, i, &s.account.Dropped[s.reason])
			}
		}
	}
	clear(s.burials)
}

// lateCounts accounts for what was told of after Close. The mailbox's lock guards the account now.
func (s *sender) lateCounts() {
	box := &s.outlet.box
	if s.heir != nil {
		s.heir.box.tell(box.absent)
		s.heir.wake()
		return
	}
	s.account.take(box.absent)
	box.absent = absent{}
	s.publish()
}

// late accounts for a batch that came after Close. The mailbox's lock guards the account now.
func (s *sender) late(c chunk) {
	if s.heir != nil {
		s.forward(c)
		return
	}
	n := uint64(len(c.messages))
	s.account.arrive(&s.account.Queued, n)
	if s.returns() {
		s.account.Returned += n
	} else {
		s.dropQueued(c, s.reason)
	}
	s.publish()
}
