package sdktest

import (
	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// books are what an outbound lane was sent in its epoch, and which of that a receipt has left open.
type books struct {
	sent    uint64
	pending map[uint64]bool
}

// noteSent notes the messages of a frame. The caller holds the lock.
func (s *Session) noteSent(batches []*pluginv1.Batch) {
	for _, b := range batches {
		if l := s.seen.Lanes[b.Lane]; l != nil && l.Epoch == b.Epoch {
			s.booksOf(b.Lane).sent = b.Sequence + uint64(len(b.Payloads)) - 1
		}
	}
}

// booksOf are a lane's books. The caller holds the lock.
func (s *Session) booksOf(lane uint32) *books {
	if s.books == nil {
		s.books = make(map[uint32]*books)
	}
	if s.books[lane] == nil {
		s.books[lane] = &books{pending: make(map[uint64]bool)}
	}
	return s.books[lane]
}

func (s *Session) noteReceipt(r *pluginv1.Receipt) {
	l := s.seen.Lanes[r.Lane]
	switch {
	case l == nil:
		s.wrong("a receipt for lane %d, which was never opened", r.Lane)
		return
	case r.Epoch != l.Epoch:
		return
	case r.SettledUpTo < l.UpTo:
		s.wrong("lane %d: settled up to %d after %d", r.Lane, r.SettledUpTo, l.UpTo)
	case r.SettledUpTo > s.booksOf(r.Lane).sent:
		s.wrong("lane %d: settled up to %d, and %d was the last that was sent", r.Lane, r.SettledUpTo, s.booksOf(r.Lane).sent)
	}
	receipt := wire.FromReceipt(r)
	for _, x := range receipt.Exceptions {
		s.noteException(r.Lane, l.UpTo, x)
	}
	newly := r.SettledUpTo - min(l.UpTo, r.SettledUpTo)
	l.UpTo = r.SettledUpTo
	l.Exceptions = append(l.Exceptions, receipt.Exceptions...)
	l.Receipts++
	for _, c := range receipt.Counts {
		l.Counts[c.Outcome] += c.Count
		if c.Count > newly {
			s.wrong("lane %d: a receipt counts more messages than it settles", r.Lane)
		}
		newly -= min(c.Count, newly)
	}
}

// noteException notes a run of messages that a receipt names, where all up to upTo were settled before, save those pending.
func (s *Session) noteException(lane uint32, upTo uint64, x core.Exception) {
	books := s.booksOf(lane)
	if x.First == 0 || x.First > books.sent || x.Count > books.sent-x.First+1 {
		s.wrong("lane %d: a receipt names messages %d+%d, and %d was the last that was sent", lane, x.First, x.Count, books.sent)
		return
	}
	for n := x.First; n < x.First+x.Count; n++ {
		if n <= upTo && !books.pending[n] {
			s.wrong("lane %d: message %d is settled twice", lane, n)
		}
		if x.Outcome == core.OutcomePending {
			books.pending[n] = true
		} else {
			delete(books.pending, n)
		}
	}
}
