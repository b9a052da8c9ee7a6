package host

import (
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
)

// ticket follows one batch from its acceptance until its source need not wait for it any more. Its stream may have
// ended meanwhile; then it tells nobody.
type ticket struct {
	inbound *inbound
	first   uint64 // sequence number of message 0
	count   int
	bytes   int
	queued  atomic.Bool
}

var _ core.Ticket = (*ticket)(nil)

// Queued returns the batch's credit to the source, once.
func (t *ticket) Queued() {
	if !t.queued.Swap(true) {
		t.inbound.returnCredit(t.count, t.bytes)
	}
}

// Settled tells the source that messages are settled for good.
func (t *ticket) Settled(first, count int) {
	count = min(count, t.count-first)
	if first >= 0 && count > 0 {
		t.inbound.settle(t.first+uint64(first), count, nil)
	}
}
