package delivery

import (
	"time"

	"github.com/araldo-relay/araldo/core"
)

// DeadLetter takes what an endpoint never can.
type DeadLetter interface {
	// Bury takes messages as their source gave them, all poison for the same cause. It is called by the outlet's goroutine
	// and does not block. The batch's ticket is told once of each message, when it is settled; until then it is in flight.
	Bury(batch core.Batch, cause Cause)
}

// Cause is how messages became poison.
type Cause struct {
	Reason core.Reason
	// Attempts is how often the endpoint was given them, 0 where it never saw them; First and Last are when, or when they
	// were given up where there was no attempt.
	Attempts    int
	First, Last time.Time
	// Detail is one sentence for people, never a payload.
	Detail string
}

// burial is a run on its way to the dead letter, where it is in flight until the dead letter has settled it. It is the
// ticket that the dead letter gets.
type burial struct {
	outlet *Outlet
	chunk  chunk
	reason core.Reason
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

func (s *sender) bury(c chunk, reason core.Reason) {
	c.compact()
	n := len(c.messages)
	b := &burial{outlet: s.outlet, chunk: c, reason: reason, done: make([]bool, n), left: n}
	s.burials[b] = struct{}{}
	s.buried += n
	s.DeadLetter.Bury(core.Batch{Source: c.messages[0].Source, Messages: c.asGiven(), Pinned: c.frame, Ticket: b}, s.cause(&c, reason))
}

// cause is what made a chunk poison now.
func (s *sender) cause(c *chunk, reason core.Reason) Cause {
	now := time.Now()
	cause := Cause{Reason: reason, Attempts: c.tries, First: now, Last: now, Detail: s.lastFailure}
	if c.tries > 0 {
		cause.First, cause.Last = now.Add(c.firstTry-s.now), now.Add(c.lastTry-s.now)
	}
	return cause
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

// Exhume takes back what the dead letter has not settled: it is poison again, by the options as they are now. It is for
// after the Tune that took the dead letter away; what that says of it later counts for nothing.
func (o *Outlet) Exhume() { o.post(event{kind: eventExhume}) }

func (s *sender) exhume() {
	for b := range s.burials {
		delete(s.burials, b)
		s.buried -= b.left
		for done := b.done; len(done) > 0; {
			n := 1
			for n < len(done) && done[n] == done[0] {
				n++
			}
			if part := b.chunk.split(n); !done[0] {
				s.poison(&part, b.reason)
			}
			done = done[n:]
		}
	}
}

// unbury settles message i of a burial.
func (s *sender) unbury(b *burial, i int, to *uint64) {
	b.done[i] = true
	b.left--
	s.buried--
	one := chunk{messages: b.chunk.messages[i : i+1], ticket: b.chunk.ticket, passage: b.chunk.passage,
		index: b.chunk.index + i}
	s.settle(&one, &s.account.InFlight, to)
}
