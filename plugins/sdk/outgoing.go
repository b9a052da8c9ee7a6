package sdk

import (
	"context"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

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
		e.lent, e.queue = e.queue[:n:n], e.queue[n:]
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
