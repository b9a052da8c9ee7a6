package coretest

import (
	"encoding/binary"
	"sync"

	"github.com/araldo-relay/araldo/core"
)

// Batch makes count messages of a source. Their ids are first and those after it; each payload is size bytes.
func Batch(source string, first uint64, count, size int) core.Batch {
	payload := make([]byte, size*count)
	messages := make([]core.Message, count)
	for i := range messages {
		messages[i] = core.Message{ID: core.ID{}.Add(first + uint64(i)), Source: source,
			Payload: payload[i*size : (i+1)*size : (i+1)*size]}
	}
	return core.Batch{Source: source, Messages: messages, Pinned: len(payload)}
}

// Number is the number that Batch made a message's id of.
func Number(m *core.Message) uint64 { return binary.BigEndian.Uint64(m.ID[8:]) }

// Ticket keeps what it is told of one batch.
type Ticket struct {
	mu      sync.Mutex
	queued  int
	settled map[int]int
}

// Queued implements core.Ticket.
func (t *Ticket) Queued() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queued++
}

// Settled implements core.Ticket.
func (t *Ticket) Settled(first, count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.settled == nil {
		t.settled = map[int]int{}
	}
	for i := first; i < first+count; i++ {
		t.settled[i]++
	}
}

// TimesQueued is how often Queued was called.
func (t *Ticket) TimesQueued() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.queued
}

// TimesSettled is how often message i was settled.
func (t *Ticket) TimesSettled(i int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.settled[i]
}

// Total is how many messages were settled, each as often as it was.
func (t *Ticket) Total() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := 0
	for _, n := range t.settled {
		sum += n
	}
	return sum
}

// Outlet keeps the batches that it is offered.
type Outlet struct {
	mu      sync.Mutex
	batches []core.Batch
}

// Offer takes a batch.
func (o *Outlet) Offer(batch core.Batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.batches = append(o.batches, batch)
}

// Take returns what was offered since the last Take.
func (o *Outlet) Take() []core.Batch {
	o.mu.Lock()
	defer o.mu.Unlock()
	batches := o.batches
	o.batches = nil
	return batches
}
