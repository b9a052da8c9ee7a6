package delivery

import "github.com/araldo-relay/araldo/core"

// poison treats a run in flight that its endpoint can never take, for the newest failure.
func (s *sender) poison(c *chunk, reason core.Reason) {
	switch {
	case s.DeadLetter != nil:
		s.bury(*c, reason)
	case s.OnPoison == core.PoisonDrop:
		s.drop(c, &s.account.InFlight, reason)
	default:
		s.account.move(&s.account.InFlight, &s.account.Queued, len(c.messages))
		c.held = true
		s.queue.restore(*c)
	}
}

// discard treats the messages at the queue's front that can't be sent, as poison that no endpoint has seen.
func (s *sender) discard() {
	for s.queue.ready.len() > 0 {
		c := s.queue.ready.at(0)
		if c.held || c.sound() > 0 || s.DeadLetter != nil && s.buried >= s.Messages {
			return
		}
		fault := c.faults[0]
		s.lastFailure = fault.Detail
		if s.DeadLetter == nil && s.OnPoison == core.PoisonBlock {
			c.held = true
			return
		}
		s.queue.part(0, 1)
		one := s.queue.pop()
		s.account.move(&s.account.Queued, &s.account.InFlight, 1)
		s.poison(&one, fault.Reason)
	}
}

// release gives what is held another attempt, because something about the endpoint has changed.
func (s *sender) release() {
	for i := range s.queue.ready.len() {
		s.queue.ready.at(i).held = false
	}
	s.pausedUntil = 0
}
