package delivery

import (
	"cmp"
	"context"

	"github.com/araldo-relay/araldo/core"
)

// NewAfter starts an outlet that is to take the place of before, with its clock. Until before Bequeaths what it has, the
// new one's Snapshot is that of both, and its lane must not be up.
func NewAfter(before *Outlet, options Options) *Outlet {
	return newOutlet(options, before.started, before)
}

// Bequeath ends the outlet like Close and leaves all that it has to heir: one that was started to take its place sends it
// before its own, the one whose place this was to take sends it after. The lane must not be up for others to use. Batches
// that come later go to heir too. Tickets that heir's terms have no use for are told now what they would have been told.
//
// Where the two convert in different ways, what waits to be encoded is encoded first, in the way of this one. What is not
// when ctx ends is dropped as removed here; if this outlet Counts it is not settled but Returned.
func (o *Outlet) Bequeath(ctx context.Context, heir *Outlet) {
	o.post(event{kind: eventBequeath, heir: heir})
	select {
	case <-o.done:
	case <-ctx.Done():
		o.Close(core.ReasonRemoved)
	}
}

// estate is what an outlet leaves to another.
type estate struct {
	from     *Outlet
	queue    queue
	position uint64
	burials  map[*burial]struct{}
	buried   int
	core.Snapshot
}

// portable reports whether all that is queued can be sent by the heir as it stands.
func (s *sender) portable() bool {
	for i := range s.queue.ready.len() {
		if s.strands(s.queue.ready.at(i)) {
			return false
		}
	}
	return true
}

// strands reports whether the heir could not send a chunk, because only this outlet's encoder can make bytes of it.
func (s *sender) strands(c *chunk) bool {
	return s.Encoder != nil && s.Encoder != s.heir.options.Encoder && !c.encoded
}

// bequeath leaves all to the heir.
func (s *sender) bequeath() {
	if s.flow.lane != nil {
		s.down(s.flow.lane, false)
	}
	for range s.queue.ready.len() {
		c := s.queue.ready.popFront()
		if s.strands(&c) {
			s.queue.grow(&c, -1)
			s.giveUp(&c)
			continue
		}
		c.encoded = c.encoded || s.Encoder != s.heir.options.Encoder
		c.encoding = nil
		s.hand(&c)
		s.queue.ready.pushBack(c)
	}
	for i := range s.queue.later {
		s.hand(&s.queue.later[i].chunk)
	}
	for b := range s.burials {
		s.hand(&b.chunk)
	}
	if !s.heir.Blocks() {
		s.queue.admitAll()
	}
	s.publish()
	s.heir.post(event{kind: eventInherit, estate: &estate{
		from: s.outlet, queue: s.queue, position: s.position, burials: s.burials, buried: s.buried,
		Snapshot: s.snapshot(),
	}})
}

// giveUp drops a queued chunk that the heir can't send. Its source, if it waits, brings it again when it is opened next.
func (s *sender) giveUp(c *chunk) {
	if s.counts() {
		s.account.Returned += uint64(len(c.messages))
		c.ticket = nil
	}
	s.drop(c, &s.account.Queued, core.ReasonRemoved)
}

// hand fits a chunk's ticket to the heir's terms: it is settled now where the heir settles nothing, and not by the heir
// where this outlet would not have.
func (s *sender) hand(c *chunk) {
	if s.counts() && s.heir.Counts() {
		return
	}
	if s.counts() && c.ticket != nil {
		c.ticket.Settled(c.index, len(c.messages))
	}
	c.ticket = nil
}

// forward gives the heir a batch that came after the end.
func (s *sender) forward(c chunk) {
	if c.ticket != nil && s.outlet.Blocks() && !(s.counts() && s.heir.Counts()) {
		c.ticket.Queued()
	}
	s.hand(&c)
	s.heir.box.offer(c)
	s.heir.wake()
}

// lateEvent hears what came after the end: an heir is told what became of its dead letters.
func (s *sender) lateEvent(e *event) {
	if s.heir != nil && e.kind == eventBuried {
		s.heir.post(*e)
	}
}

// inherit takes over what another outlet leaves.
func (s *sender) inherit(e *estate) {
	if e.from == s.before {
		own := s.queue
		s.queue = e.queue
		s.queue.maxMessages, s.queue.maxCost, s.queue.encodes = own.maxMessages, own.maxCost, own.encodes
		s.queue.join(&own, e.position)
		s.before = nil
	} else {
		s.queue.join(&e.queue, s.position)
	}
	s.position += e.position
	for s.Order == core.OrderStrict && len(s.queue.later) > 0 {
		s.queue.restore(s.queue.removeLater(0))
	}
	for b := range e.burials {
		s.burials[b] = struct{}{}
	}
	s.buried += e.buried
	s.account.Add(&e.Account)
	s.latency.Merge(&e.Latency)
	s.void += e.Void
	s.violations += e.Violations
	s.lastFailure = cmp.Or(s.lastFailure, e.LastFailure)
	if !s.outlet.Blocks() {
		s.queue.admitAll()
	}
	if !s.enabled && !s.counts() {
		s.dropQueue(core.ReasonDisabled)
	}
	s.armed = 0 // what is older may expire sooner
}

// join adds what another queue holds behind all that is ready here, its positions counted on from position.
func (q *queue) join(younger *queue, position uint64) {
	for younger.ready.len() > 0 {
		c := younger.ready.popFront()
		c.position += position
		q.push(c)
	}
	for _, d := range younger.later {
		d.position += position
		q.delay(d.chunk, d.due)
	}
	messages, cost := q.inMessages-younger.inMessages, q.inCost-younger.inCost
	for younger.doors.len() > 0 {
		d := younger.doors.popFront()
		q.doors.pushBack(door{d.ticket, d.inMessages + messages, d.inCost + cost})
	}
}

// admitAll tells all tickets that wait.
func (q *queue) admitAll() {
	for q.doors.len() > 0 {
		q.doors.popFront().ticket.Queued()
	}
}

// include adds what ran in an outlet's place before to its snapshot, so that no number goes back when it is inherited.
func include(s *core.Snapshot, older core.Snapshot) {
	s.Account.Add(&older.Account)
	s.Latency.Merge(&older.Latency)
	s.OldestAge = max(s.OldestAge, older.OldestAge)
	s.QueuedBytes += older.QueuedBytes
	s.Void += older.Void
	s.Violations += older.Violations
	s.LastFailure = cmp.Or(s.LastFailure, older.LastFailure)
}
