package sdk

import (
	"context"
	"fmt"
	"log/slog"
	"math/bits"
	"slices"
	"sync"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// emitter is an instance's way to the hub: what its source emitted and the stream's writer has not taken yet, never
// more than the hub's credit. It outlives streams: what was not taken goes out on the next one.
type emitter struct {
	log        *slog.Logger
	maxMessage int
	// wake tells the writer of the stream that stands; changed tells the courier. Neither blocks.
	wake, changed func()

	mu    sync.Mutex
	owner *stream // nil while no stream carries lane 0
	epoch uint64
	next  uint64 // sequence number of queue[0]
	queue []Message
	lent  []Message // what the writer took last, free again at its next take
	spare []Message

	messages uint64 // credit
	bytes    int64  // credit; one message may overdraw it
	waiting  []*emission
	idle     []chan struct{}

	ledger    ledger
	oversized uint64
}

// emission is what an Emit call waits with for credit.
type emission struct {
	messages []Message
	tokens   []string
	done     chan struct{}
}

// emit is the Emit that sources get.
func (e *emitter) emit(ctx context.Context, messages []Message, tokens ...string) error {
	if len(tokens) > 0 && len(tokens) != len(messages) {
		return fmt.Errorf("emit: %d tokens for %d messages", len(tokens), len(messages))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	e.mu.Lock()
	messages, tokens = e.leaveOutOversized(messages, tokens)
	n := 0
	if len(e.waiting) == 0 {
		n = e.admit(messages, tokens)
	}
	if n == len(messages) {
		e.mu.Unlock()
		return nil
	}
	w := &emission{messages: messages[n:], tokens: tokens[min(n, len(tokens)):], done: make(chan struct{})}
	e.waiting = append(e.waiting, w)
	e.mu.Unlock()
	e.changed()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return e.withdraw(ctx, w)
	}
}

// withdraw takes an emission back whose context ended, unless all of it went out meanwhile.
func (e *emitter) withdraw(ctx context.Context, w *emission) error {
	e.mu.Lock()
	at := slices.Index(e.waiting, w)
	if at >= 0 {
		e.waiting = slices.Delete(e.waiting, at, at+1)
	}
	e.mu.Unlock()
	if at < 0 {
		return nil
	}
	e.changed()
	return ctx.Err()
}

// admit queues as many messages as the credit allows and returns how many. The caller holds the lock.
func (e *emitter) admit(messages []Message, tokens []string) int {
	n, bytes := 0, e.bytes
	for n < len(messages) && uint64(n) < e.messages && bytes > 0 {
		bytes -= int64(len(messages[n].Payload))
		n++
	}
	if n == 0 {
		return 0
	}
	e.messages -= uint64(n)
	e.bytes = bytes
	wasEmpty := len(e.queue) == 0
	e.queue = append(e.queue, messages[:n]...)
	e.ledger.add(n, tokens)
	if wasEmpty {
		e.wake()
	}
	return n
}

// leaveOutOversized drops messages over the hub's limit: counted, logged at powers of two, and settled, because they
// could never arrive. It copies only where there is one. The caller holds the lock.
func (e *emitter) leaveOutOversized(messages []Message, tokens []string) ([]Message, []string) {
	header, headerSize := (*Header)(nil), 0
	tooLarge := func(m *Message) bool {
		if m.Header != header {
			header, headerSize = m.Header, sizeOfHeader(m.Header)
		}
		return len(m.Payload)+headerSize > e.maxMessage
	}
	first := 0
	for first < len(messages) && !tooLarge(&messages[first]) {
		first++
	}
	if first == len(messages) {
		return messages, tokens
	}
	kept, keptTokens := slices.Clone(messages[:first]), slices.Clone(tokens[:min(first, len(tokens))])
	for i := first; i < len(messages); i++ {
		switch large := tooLarge(&messages[i]); {
		case large:
			e.noteOversized(len(messages[i].Payload) + headerSize)
			if len(tokens) > 0 {
				e.ledger.settled = append(e.ledger.settled, tokens[i])
			}
		case len(tokens) > 0:
			kept, keptTokens = append(kept, messages[i]), append(keptTokens, tokens[i])
		default:
			kept = append(kept, messages[i])
		}
	}
	e.changed()
	return kept, keptTokens
}

func (e *emitter) noteOversized(size int) {
	e.oversized++
	if bits.OnesCount64(e.oversized) == 1 {
		e.log.Error("a message is larger than max-message and was dropped", "bytes", size, "limit", e.maxMessage,
			"so_far", e.oversized)
	}
}

// sizeOfHeader is what a header counts for in a message's size: all bytes of names and values.
func sizeOfHeader(h *Header) int {
	if h == nil {
		return 0
	}
	size := len(h.ContentType)
	for _, a := range h.Attributes {
		size += len(a.Name) + len(a.Value)
	}
	return size
}

// sizeOnWire is the most that a header adds to a frame.
func sizeOnWire(h *Header) int {
	if h == nil {
		return 8
	}
	return sizeOfHeader(h) + 8*(2+2*len(h.Attributes))
}

// begin starts an epoch on a stream. Messages of older epochs whose fate is not known are given back to the source.
func (e *emitter) begin(owner *stream, epoch uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.owner, e.epoch, e.next = owner, epoch, 1
	e.messages, e.bytes = 0, 0
	e.ledger.restart(len(e.queue))
	e.wake()
	e.changed()
}

// end takes lane 0 from a stream.
func (e *emitter) end(owner *stream) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.owner != owner {
		return
	}
	e.owner, e.messages, e.bytes = nil, 0, 0
	e.release()
}

// grant adds credit and lets waiting emissions through, in order.
func (e *emitter) grant(epoch, messages, bytes uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.owner == nil || epoch != e.epoch {
		return
	}
	e.messages += messages
	e.bytes += int64(bytes)
	for len(e.waiting) > 0 {
		w := e.waiting[0]
		n := e.admit(w.messages, w.tokens)
		w.messages, w.tokens = w.messages[n:], w.tokens[min(n, len(w.tokens)):]
		if len(w.messages) > 0 {
			break
		}
		close(w.done)
		e.waiting = slices.Delete(e.waiting, 0, 1)
	}
	e.changed()
}

// receipt hands what became of emitted messages to the ledger.
func (e *emitter) receipt(r *pluginv1.Receipt) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.owner == nil || r.Epoch != e.epoch {
		return
	}
	e.ledger.receipt(wire.FromReceipt(r), len(e.queue))
	e.changed()
}

// take gives the writer of a stream the next batch of at most room bytes, at least one message; nil if there is none.
// What it gave before is written by then.
func (e *emitter) take(owner *stream, room int) *pluginv1.Batch {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.owner != owner {
		return nil
	}
	e.reuse()
	if len(e.queue) == 0 {
		e.release()
		return nil
	}
	n := fitting(e.queue, room)
	batch := wire.ToBatch(0, e.epoch, e.next, e.queue[:n])
	e.next += uint64(n)
	if n < len(e.queue) {
		e.queue = e.queue[n:]
		return batch
	}
	e.lent, e.queue, e.spare = e.queue, e.spare[:0], nil
	return batch
}

// reuse makes the slice whose messages are written the next spare.
func (e *emitter) reuse() {
	if e.lent != nil {
		clear(e.lent)
		e.spare, e.lent = e.lent[:0], nil
	}
}

// overhead is the most that one message adds to a frame beside payload and header: length, index, id and time.
const overhead = 48

// fitting is how many of the messages surely go into room bytes, at least one.
func fitting(messages []Message, room int) int {
	n, size, header := 0, 0, (*Header)(nil)
	for n < len(messages) {
		m := &messages[n]
		more := len(m.Payload) + overhead
		if m.Header != header {
			header = m.Header
			more += sizeOnWire(header)
		}
		if size += more; n > 0 && size > room {
			return n
		}
		n++
	}
	return n
}

// flush waits until all that was emitted is written, or no stream stands, or ctx ends.
func (e *emitter) flush(ctx context.Context) error {
	e.mu.Lock()
	if e.owner == nil {
		e.mu.Unlock()
		return nil
	}
	idle := make(chan struct{})
	e.idle = append(e.idle, idle)
	e.mu.Unlock()
	e.wake()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// release ends the waiting of flush. The caller holds the lock.
func (e *emitter) release() {
	for _, idle := range e.idle {
		close(idle)
	}
	e.idle = nil
}

// news takes what the courier has to tell the source.
func (e *emitter) news() (settled, returned []string, paused bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	settled, returned = e.ledger.settled, e.ledger.returned
	e.ledger.settled, e.ledger.returned = nil, nil
	return settled, returned, len(e.waiting) > 0
}

func (e *emitter) droppedOversized() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.oversized
}

// keepTokens says whether the source wants its tokens back.
func (e *emitter) keepTokens(source any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, e.ledger.on = source.(Settler)
}
