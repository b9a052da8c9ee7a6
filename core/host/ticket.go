package host

import (
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
)

// ticket follows one batch from its acceptance until its source need not wait for it any more. Its stream may have
// ended meanwhile; then it tells those to whom its messages have come again.
type ticket struct {
	inbound *inbound
	first   uint64 // sequence number of message 0
	count   int
	bytes   int
	queued  atomic.Bool
	// ids are the messages', nil where the source need not know what becomes of them.
	ids []core.ID
	// open is how many messages are not settled, shared that they may come again over the same stream; guarded by the
	// inbound's mutex.
	open   int
	shared bool
	// heirs have spent credit for messages of this ticket that came again; guarded by the endpoint's carried.
	heirs []inheritance
}

var _ core.Ticket = (*ticket)(nil)

// Queued returns the batch's credit to the source, once.
func (t *ticket) Queued() {
	if !t.queued.Swap(true) {
		t.inbound.returnCredit(t.count, t.bytes)
		t.inbound.stream.endpoint.carried.queued(t)
	}
}

// Settled tells the source that messages are settled for good.
func (t *ticket) Settled(first, count int) {
	count = min(count, t.count-first)
	if first >= 0 && count > 0 && t.ids != nil && t.inbound.settleOf(t, first, count) {
		t.inbound.stream.endpoint.carried.settle(t.ids[first : first+count])
	}
}
