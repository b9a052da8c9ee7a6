package host

import (
	"fmt"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// lane is an outlet's lane on one stream: core.Lane for its sender. All of it is guarded by the stream's mutex.
type lane struct {
	stream *stream
	slot   *laneSlot
	epoch  uint64
	closed bool

	// queue is what the sender handed over and the writer has not taken: messages next, next+1 and so on. taken is the
	// slice before it, of which the writer has put taken[:done] into frames; the two change places.
	queue, taken []core.Message
	done         int
	waiting      bool   // it is among the stream's waiting
	lent         bool   // the frame that is being made refers to taken
	next         uint64 // sequence number of taken[done], else of queue[0]
	last         uint64 // highest sequence number handed over in this epoch
	settled      uint64 // up to where the plugin said that it settled
}

var _ core.Lane = (*lane)(nil)

// begin forgets what belonged to the epoch before. Frames in progress may still refer to taken's messages.
func (l *lane) begin(epoch uint64) {
	l.epoch = epoch
	clear(l.queue)
	l.queue = l.queue[:0]
	if l.done = len(l.taken); !l.lent {
		clear(l.taken)
	}
	l.next, l.last, l.settled = 1, 0, 0
}

// Send hands over messages for the writer.
func (l *lane) Send(first uint64, messages []core.Message) {
	s := l.stream
	s.mu.Lock()
	if l.closed || len(messages) == 0 {
		s.mu.Unlock()
		return
	}
	if first != l.last+1 {
		s.mu.Unlock()
		s.cancel(fmt.Errorf("the hub sent message %d after %d", first, l.last))
		return
	}
	l.queue = append(l.queue, messages...)
	if !l.waiting {
		l.waiting = true
		s.waiting = append(s.waiting, l)
	}
	l.last += uint64(len(messages))
	s.mu.Unlock()
	s.wake()
}

// Break ends the stream for what the plugin did.
func (l *lane) Break(detail string) { l.stream.cancel(violates(resetReceipt, "%s", detail)) }

// Renew ends the epoch and begins the next.
func (l *lane) Renew() uint64 {
	s := l.stream
	s.mu.Lock()
	defer s.wake()
	defer s.mu.Unlock()
	if l.closed {
		return l.epoch
	}
	s.open(l)
	return l.epoch
}

// close ends the lane. A frame in progress may still refer to taken's messages. The caller holds the lock.
func (l *lane) close() {
	l.closed = true
	l.queue, l.taken, l.done = nil, nil, 0
}

// has reports whether something is not in a frame yet.
func (l *lane) has() bool { return l.done < len(l.taken) || len(l.queue) > 0 }

// ready reports whether take has something. What came in while the frame refers to taken must wait for the next one.
func (l *lane) ready() bool { return l.done < len(l.taken) || !l.lent && len(l.queue) > 0 }

// free says that the frame which may refer to taken is written, and lets go of what it brought: a lane that has nothing to
// do keeps no message in memory.
func (l *lane) free() {
	l.lent = false
	clear(l.taken[:l.done])
}

// take puts messages of at most room bytes, but at least one, into a batch.
func (l *lane) take(room int) (batch *pluginv1.Batch, size int) {
	if l.done == len(l.taken) {
		l.taken, l.queue, l.done = l.queue, l.taken[:0], 0
	}
	l.lent = true
	n, size := fitting(l.taken[l.done:], room)
	batch = wire.ToBatch(l.slot.number, l.epoch, l.next, l.taken[l.done:l.done+n])
	l.done += n
	l.next += uint64(n)
	return batch, size
}

// perMessage is the most that a message adds to a frame beside its payload and header: lengths, index, id and time.
const perMessage = 48

// fitting is how many of the messages go into room bytes, at least one, and how many bytes those are at most.
func fitting(messages []core.Message, room int) (n, size int) {
	var header *core.Header
	for n < len(messages) {
		m := &messages[n]
		more := len(m.Payload) + perMessage
		if m.Header != header {
			header = m.Header
			more += headerOnWire(header)
		}
		if n > 0 && size+more > room {
			break
		}
		size += more
		n++
	}
	return n, size
}

// headerOnWire is the most that a header adds to a frame.
func headerOnWire(h *core.Header) int {
	if h == nil {
		return 8
	}
	size := len(h.ContentType) + 16
	for _, a := range h.Attributes {
		size += len(a.Name) + len(a.Value) + 16
	}
	return size
}
