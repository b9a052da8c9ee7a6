package delivery

import "github.com/araldo-relay/araldo/core"

// poison treats a run in flight that its endpoint can never take.
func (s *sender) poison(c *chunk, reason core.Reason) {
	switch {
	case s.DeadLetter != nil:
		s.bury(*c)
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

// burial is a run on its way to the dead letter, where it is in flight until the dead letter has settled it. It is the
// ticket that the dead letter gets.
type burial struct {
	outlet *Outlet
	chunk  chunk
	// done marks the messages that are settled, left counts the others.
	done []bool
	left int
}

// Queued implements core.Ticket.
func (b *burial) Queued() {}

// Settled implements core.Ticket.
func (b *burial) Settled(first, count int) {
	b.outlet.post(event{kind: eventBuried, burial: b, first: first, count: count})
}

func (s *sender) bury(c chunk) {
	c.compact()
	n := len(c.messages)
	b := &burial{outlet: s.outlet, chunk: c, done: make([]bool, n), left: n}
	s.burials[b] = struct{}{}
	s.buried += n
	s.DeadLetter.Offer(core.Batch{Source: c.messages[0].Source, Messages: c.messages, Pinned: c.frame, Ticket: b})
}

// settleBurial notes that the dead letter settled some messages. Each counts once, whatever it says.
func (s *sender) settleBurial(b *burial, first, count int) {
	if _, known := s.burials[b]; !known {
		return
	}
	for i := max(first, 0); i < min(first+count, len(b.done)); i++ {
		if !b.done[i] {
			s.unbury(b, i, &s.account.DeadLettered)
		}
	}
	if b.left == 0 {
		delete(s.burials, b)
	}
}

// unbury settles message i of a burial.
func (s *sender) unbury(b *burial, i int, to *uint64) {
	b.done[i] = true
	b.left--
	s.buried--
	one := chunk{messages: b.chunk.messages[i : i+1], ticket: b.chunk.ticket, index: b.chunk.index + i}
	s.settle(&one, &s.account.InFlight, to)
}
