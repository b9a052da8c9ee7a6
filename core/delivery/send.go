package delivery

import "github.com/araldo-relay/araldo/core"

// admit takes a batch in.
func (s *sender) admit(c chunk) {
	c.position = s.position
	s.position += uint64(len(c.messages))
	s.account.arrive(&s.account.Queued, uint64(len(c.messages)))
	if !s.enabled && !s.counts() {
		s.dropQueued(c, core.ReasonDisabled)
		return
	}
	c.compact()
	s.queue.push(c)
	if s.outlet.Blocks() {
		s.queue.wait(c.ticket)
	}
}

// overflow drops what is over the queue's limits.
func (s *sender) overflow() {
	s.bound()
	for !s.outlet.Blocks() && s.queue.full() {
		c := s.queue.shed(s.Overflow == core.OverflowDropOldest)
		s.drop(&c, &s.account.Queued, core.ReasonOverflow)
	}
}

// dropQueued drops what never came into the queue.
func (s *sender) dropQueued(c chunk, reason core.Reason) {
	s.drop(&c, &s.account.Queued, reason)
	if c.ticket != nil && s.outlet.Blocks() {
		c.ticket.Queued()
	}
}

// send hands the lane all that it may have now.
func (s *sender) send() {
	s.breakerUntil = 0
	for s.discard(); s.ready(); s.discard() {
		n := s.allowance(s.queue.next(s.now))
		if n == 0 {
			return
		}
		s.fly(n)
	}
}

// ready reports whether something may be sent, as far as the lane is concerned.
func (s *sender) ready() bool {
	return s.flow.lane != nil && !s.flow.resting && s.enabled && s.flow.messages > 0 && s.flow.bytes > 0 &&
		s.queue.next(s.now) != nil && s.pausedUntil <= s.now && s.buried < s.Messages && !s.held() && !s.probing
}

// held reports whether the queue's first message can't be delivered and on-poison is block.
func (s *sender) held() bool { return s.queue.ready.len() > 0 && s.queue.ready.at(0).held }

// allowance says how many messages of c, the next chunk, may be sent now.
func (s *sender) allowance(c *chunk) int {
	company := s.company(c)
	if company == 0 {
		return 0
	}
	permit, wait := s.Breaker.ask(s.outlet)
	if permit == permitNone {
		s.breakerUntil = s.now + max(wait, 1)
		return 0
	}
	if s.probing = permit == permitOne; s.probing {
		return 1
	}
	n := int(min(uint64(min(c.sound(), company)), s.flow.messages))
	if int64(c.bytes) > s.flow.bytes {
		n = min(n, c.within(s.flow.bytes))
	}
	return n
}

// fly sends the next n messages of the queue.
func (s *sender) fly(n int) {
	c := s.queue.take(n, s.now)
	s.account.move(&s.account.Queued, &s.account.InFlight, n)
	if c.tries > 0 {
		s.account.Retried += uint64(n)
	} else {
		c.firstTry = s.now
	}
	c.tries++
	c.lastTry = s.now
	if c.passage != nil {
		c.passage.Sent(c.messages)
	}
	s.flow.lane.Send(s.flow.next, c.messages)
	s.open.pushBack(flight{chunk: c, first: s.flow.next, since: s.now})
	s.flow.next += uint64(n)
	s.flow.messages -= uint64(n)
	s.flow.bytes -= int64(c.bytes)
}
