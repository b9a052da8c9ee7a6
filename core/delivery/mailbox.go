package delivery

import (
	"sync"

	"github.com/araldo-relay/araldo/core"
)

// mailbox is where other goroutines leave what an outlet's own goroutine is to do. Its batches are bounded: by the
// source's credit where the outlet blocks, else by the queue's limits, which trim applies here already, so that a
// goroutine that gets no turn does not make memory grow.
type mailbox struct {
	mu      sync.Mutex
	limits  limits
	batches deque[chunk]
	events  []event
	// messages and cost are the batches' sums.
	messages, cost int
	absent         absent
	// left is set when the outlet is closed: what comes later is accounted for by it.
	left *sender
}

// limits are those of a queue and what happens at them.
type limits struct {
	messages, bytes int
	overflow        core.Overflow
	window          *core.Window
}

// absent are messages that come no further than their count: they overflowed, here or before, or were left out for a
// reason of the batch's.
type absent struct{ filtered, overflowed, spent, late uint64 }

// event is anything but a batch. It is a struct, not a function, so that leaving one costs no allocation.
type event struct {
	kind    eventKind
	died    bool
	enabled bool
	reason  core.Reason

	lane                   core.Lane
	epoch, messages, bytes uint64
	receipt                core.Receipt

	encoding     *encoding
	burial       *burial
	first, count int
	idle         chan struct{}
	tuning       *Options
	heir         *Outlet
	estate       *estate
}

type eventKind uint8

const (
	eventUp eventKind = iota
	eventDown
	eventCredit
	eventReceipt
	eventEnabled
	eventBuried
	eventExhume
	eventEncoded
	eventDrain
	eventRest
	eventTune
	eventBequeath
	eventInherit
	eventClose
)

// contents is what a mailbox held at one time.
type contents struct {
	batches deque[chunk]
	events  []event
	absent  absent
}

// offer leaves a batch.
func (b *mailbox) offer(c chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left != nil {
		b.left.late(c)
		return
	}
	limits := &b.limits
	if limits.overflow == core.OverflowDropNewest && (b.messages >= limits.messages || b.cost >= limits.bytes) {
		b.overflow(c)
		return
	}
	b.batches.pushBack(c)
	b.messages += len(c.messages)
	b.cost += c.cost
	if limits.overflow == core.OverflowDropOldest {
		b.trim()
	}
}

// trim drops the oldest batches that the younger ones here push out of the queue anyway.
func (b *mailbox) trim() {
	for b.batches.len() > 1 {
		oldest := b.batches.at(0)
		if b.messages-len(oldest.messages) < b.limits.messages && b.cost-oldest.cost < b.limits.bytes {
			return
		}
		b.messages -= len(oldest.messages)
		b.cost -= oldest.cost
		b.overflow(b.batches.popFront())
	}
}

// overflow counts a batch that never comes into the queue.
func (b *mailbox) overflow(c chunk) {
	b.absent.overflowed += uint64(len(c.messages))
	if observer := b.limits.window.Observer(); observer != nil {
		observer.Observe(c.messages, core.VerdictDropped, core.ReasonOverflow)
	}
	if c.passage != nil {
		c.passage.Settled(c.messages, core.VerdictDropped, core.ReasonOverflow)
	}
}

// absentOf are a batch's counts of messages that do not come themselves.
func absentOf(batch *core.Batch) absent {
	return absent{uint64(batch.Filtered), uint64(batch.Overflowed), uint64(batch.Spent), uint64(batch.Late)}
}

// tell leaves counts.
func (b *mailbox) tell(n absent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.absent.filtered += n.filtered
	b.absent.overflowed += n.overflowed
	b.absent.spent += n.spent
	b.absent.late += n.late
	if b.left != nil {
		b.left.lateCounts()
	}
}

// post leaves an event. It reports false where the outlet is closed.
func (b *mailbox) post(e event) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left != nil {
		b.left.lateEvent(&e)
		return false
	}
	b.events = append(b.events, e)
	return true
}

// collect swaps what is there with the emptied contents of before.
func (b *mailbox) collect(into *contents) {
	b.mu.Lock()
	defer b.mu.Unlock()
	into.batches, b.batches = b.batches, into.batches
	into.events, b.events = b.events, into.events[:0]
	into.absent, b.absent = b.absent, absent{}
	b.messages, b.cost = 0, 0
}

// shut hands all later batches to left.
func (b *mailbox) shut(left *sender) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = left
	for i := range b.events {
		left.lateEvent(&b.events[i])
	}
	b.events = nil
	left.lateCounts()
	for b.batches.len() > 0 {
		left.late(b.batches.popFront())
	}
}
