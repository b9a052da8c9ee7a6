package host

import (
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
)

// carried are an endpoint's messages that outlived the stream they came over: the hub has them, and their source, which
// knows no more of them, brings them again. One that comes again with the same id is not handed on: it gets what becomes
// of the first.
type carried struct {
	// some says that there are any, so that without them nobody needs the lock.
	some atomic.Bool

	mu       sync.Mutex
	messages map[core.ID]*carriedMessage
	settled  int
}

// carriedMessage is one of them.
type carriedMessage struct {
	ticket *ticket // that it came with
	// settled: it was before it came again.
	settled bool
	// heir is where it came again, nil while it did not, and sequence its number there.
	heir     *inbound
	sequence uint64
}

// Recall lets the endpoint, which is not open yet, know again what the one whose place it takes brought and the hub still has.
// It is for one that is given its messages by the same origin: another may have others of the same ids.
func (e *Endpoint) Recall(before *Endpoint) { e.carried = before.carried }

// Disown makes what the endpoint brought, and is not settled, unknown to those that recall it: who has it is about to give it
// up, so that it must be handed on when it comes again. It is for an endpoint that was closed.
func (e *Endpoint) Disown() { e.carried.disown(e) }

// mostSettled bounds what is remembered of messages that are settled and that their source never brings again.
const mostSettled = 16 << 10

// keep notes the messages of a ticket that are not settled at the end of its stream.
func (c *carried) keep(t *ticket, open []span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.messages == nil {
		c.messages = make(map[core.ID]*carriedMessage)
	}
	for _, s := range open {
		for sequence := s.first; sequence <= s.last; sequence++ {
			c.messages[t.ids[sequence-t.first]] = &carriedMessage{ticket: t}
		}
	}
	c.some.Store(len(c.messages) > 0)
}

// orphan forgets where messages came again, because that stream has ended too.
func (c *carried) orphan(heir *inbound) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.messages {
		if m.heir == heir {
			m.heir = nil
		}
	}
}

// disown forgets what came over the streams of an endpoint and is not settled.
func (c *carried) disown(e *Endpoint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, m := range c.messages {
		if !m.settled && m.ticket.inbound.stream.endpoint == e {
			c.forget(id)
		}
	}
}

// again reports whether a message is here already. Then heir, to which it has just come, is told what becomes of it and
// gets its credit back when the first one's is.
func (c *carried) again(heir *inbound, sequence uint64, message *core.Message) bool {
	c.mu.Lock()
	m := c.messages[message.ID]
	if m == nil {
		c.mu.Unlock()
		return false
	}
	settled, queued := m.settled, m.ticket.queued.Load()
	m.heir, m.sequence = heir, sequence
	if settled {
		c.settled--
		c.forget(message.ID)
	}
	if !queued {
		m.ticket.heirs = append(m.ticket.heirs, inheritance{heir, message.Size()})
	}
	c.mu.Unlock()
	if queued {
		heir.returnCredit(1, message.Size())
	}
	if settled {
		heir.settle(sequence, 1, nil)
	}
	return true
}

// inheritance is credit that is to be returned when a ticket of another stream is queued.
type inheritance struct {
	heir  *inbound
	bytes int
}

// queued returns the credit of the messages of a ticket that came again before it was queued.
func (c *carried) queued(t *ticket) {
	if !c.some.Load() {
		return
	}
	c.mu.Lock()
	heirs := t.heirs
	t.heirs = nil
	c.mu.Unlock()
	for _, i := range heirs {
		i.heir.returnCredit(1, i.bytes)
	}
}

// settle is told that messages of an ended stream are settled.
func (c *carried) settle(ids []core.ID) {
	type told struct {
		heir     *inbound
		sequence uint64
	}
	var heirs []told
	c.mu.Lock()
	for _, id := range ids {
		m := c.messages[id]
		switch {
		case m == nil || m.settled:
		case m.heir != nil:
			heirs = append(heirs, told{m.heir, m.sequence})
			c.forget(id)
		default:
			m.settled = true
			c.settled++
		}
	}
	c.bound()
	c.mu.Unlock()
	for _, h := range heirs {
		h.heir.settle(h.sequence, 1, nil)
	}
}

func (c *carried) forget(id core.ID) {
	delete(c.messages, id)
	c.some.Store(len(c.messages) > 0)
}

// bound forgets what is settled when that is much: its source has had time to bring it again.
func (c *carried) bound() {
	if c.settled <= mostSettled {
		return
	}
	for id, m := range c.messages {
		if m.settled {
			c.forget(id)
		}
	}
	c.settled = 0
}
