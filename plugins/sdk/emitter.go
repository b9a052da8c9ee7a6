package sdk

import (
	"context"
	"fmt"
	"log/slog"
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
	silent   bool   // no more goes out in this epoch
	waiting  []*emission
	idle     []chan struct{}
	resting  []chan struct{} // closed when nothing is unsettled

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
		return fmt.Errorf("emit was given %d tokens for %d messages: give one for each, or none", len(tokens), len(messages))
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

// begin starts an epoch on a stream. Messages of older epochs whose fate is not known are given back to the source.
func (e *emitter) begin(owner *stream, epoch uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.owner, e.epoch, e.next = owner, epoch, 1
	e.messages, e.bytes, e.silent = 0, 0, false
	e.ledger.restart(len(e.queue))
	e.wake()
	e.changed()
	e.rest()
}

// silence lets nothing more out until the next epoch, though receipts of this one still come. The hub begins it when routes
// read the instance again, and what came before that would be void.
func (e *emitter) silence() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.messages, e.bytes, e.silent = 0, 0, true
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
	e.rest()
}

// grant adds credit and lets waiting emissions through, in order.
func (e *emitter) grant(epoch, messages, bytes uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.owner == nil || epoch != e.epoch || e.silent {
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
	e.rest()
}

// settled waits until the hub has settled all that was emitted, no stream stands or ctx ends.
func (e *emitter) settled(ctx context.Context) {
	e.mu.Lock()
	resting := make(chan struct{})
	e.resting = append(e.resting, resting)
	e.rest()
	e.mu.Unlock()
	select {
	case <-resting:
	case <-ctx.Done():
	}
}

// rest ends the waiting of settled where nothing is left that can be settled. The caller holds the lock.
func (e *emitter) rest() {
	if e.owner != nil && !e.ledger.clear() {
		return
	}
	for _, resting := range e.resting {
		close(resting)
	}
	e.resting = nil
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
