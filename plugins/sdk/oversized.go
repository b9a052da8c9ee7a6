package sdk

import (
	"math/bits"
	"slices"

	"github.com/araldo-relay/araldo/proto/wire"
)

// leaveOutOversized drops messages over the hub's limit: counted, logged at powers of two, and settled, because they
// could never arrive. It copies only where there is one. The caller holds the lock.
func (e *emitter) leaveOutOversized(messages []Message, tokens []string) ([]Message, []string) {
	header, headerSize := (*Header)(nil), 0
	tooLarge := func(m *Message) bool {
		if m.Header != header {
			header, headerSize = m.Header, m.Header.Size()
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

// sizeOnWire is the most that a header adds to a frame.
func sizeOnWire(h *Header) int {
	if h == nil {
		return 8
	}
	size := h.Size() + 8*(2+2*len(h.Attributes))
	if h.Fault != nil {
		size += 16 + 3*min(len(h.Fault.Detail), wire.MaxDetail) // what is no UTF-8 becomes three bytes
	}
	return size
}
