package host

import (
	"time"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// Receipts are gathered: they go out with the next frame, or when one of these is reached.
const (
	gatherMessages = 64
	gatherTime     = 20 * time.Millisecond
)

// returnCredit is told that messages need no credit any more. The writer is woken when half of the window is owed.
func (in *inbound) returnCredit(messages, bytes int) {
	in.mu.Lock()
	in.owed.messages += int64(messages)
	in.owed.bytes += int64(bytes)
	wake := in.owing() && !in.over
	in.mu.Unlock()
	if wake {
		in.stream.wake()
	}
}

func (in *inbound) owing() bool {
	return in.owed.messages >= windowMessages/2 || in.owed.bytes >= windowBytes/2
}

// settleOf is told that messages of a batch are settled. It reports whether they are carried, so that others are to hear
// of it: where the stream has ended, or the messages may come again over it.
func (in *inbound) settleOf(t *ticket, first, count int) (carried bool) {
	in.mu.Lock()
	if in.over {
		in.mu.Unlock()
		return true
	}
	if t.open -= count; t.open <= 0 {
		delete(in.tickets, t)
	}
	now := in.note(t.first+uint64(first), count, nil)
	carried = t.shared
	in.mu.Unlock()
	if now {
		in.stream.wake()
	}
	return carried
}

// settle is told that messages are settled, the exception with one that failed.
func (in *inbound) settle(first uint64, count int, failed *pluginv1.Exception) {
	if !in.receipts {
		return
	}
	in.mu.Lock()
	now := !in.over && in.note(first, count, failed)
	in.mu.Unlock()
	if now {
		in.stream.wake()
	}
}

// note adds what is settled to the next receipt and reports whether that is due now. The caller holds the lock.
func (in *inbound) note(first uint64, count int, failed *pluginv1.Exception) (now bool) {
	in.settling.add(first, first+uint64(count)-1, failed)
	before := in.waiting
	in.waiting += count
	now = in.waiting >= gatherMessages
	in.due = in.due || now
	if before == 0 && !now {
		in.reportSoon()
	}
	return now
}

// reportSoon wakes the writer when receipts have waited long enough. The caller holds the lock.
func (in *inbound) reportSoon() {
	if in.gather == nil {
		in.gather = time.AfterFunc(gatherTime, in.gathered)
		return
	}
	in.gather.Reset(gatherTime)
}

func (in *inbound) gathered() {
	in.flush()
	in.stream.wake()
}

// flush makes gathered receipts due for the next frame.
func (in *inbound) flush() {
	in.mu.Lock()
	in.due = in.waiting > 0
	in.mu.Unlock()
}

// report puts receipts and credit that are due into a frame, and receipts that wait into one that goes out anyway.
func (in *inbound) report(frame *pluginv1.StreamRequest) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.owing() {
		frame.Credits = append(frame.Credits, &pluginv1.Credit{
			Epoch: in.epoch, Messages: uint64(in.owed.messages), Bytes: uint64(in.owed.bytes),
		})
		in.credit.messages += in.owed.messages
		in.credit.bytes += in.owed.bytes
		in.owed = quota{}
	}
	going := in.due || len(frame.Batches)+len(frame.Credits) > 0
	if in.waiting > 0 && going {
		receipt, more := in.settling.take(in.epoch)
		frame.Receipts = append(frame.Receipts, receipt)
		in.due = more
		if !more {
			in.waiting = 0
		}
	}
}
