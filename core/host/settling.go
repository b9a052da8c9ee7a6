package host

import (
	"slices"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// span is the sequence numbers from first to last, both in it.
type span struct{ first, last uint64 }

// settling makes receipts of what is settled in any order: everything up to the highest settled message is reported at
// once, with what is still open in between as pending, so that one message that takes long holds back no other.
type settling struct {
	reported uint64
	// ahead are settled above reported; pending are not settled below. Both are sorted, without overlap.
	ahead, pending []span
	exceptions     []*pluginv1.Exception
}

// add notes settled messages, failed where that is how a message ended that just came in. One that is settled already
// stays so.
func (s *settling) add(first, last uint64, failed *pluginv1.Exception) {
	if failed != nil {
		s.exceptions = append(s.exceptions, failed)
	}
	if first <= s.reported {
		s.addLate(first, min(last, s.reported))
		first = s.reported + 1
	}
	if first <= last {
		s.ahead = insert(s.ahead, span{first, last})
	}
}

// addLate settles what an earlier receipt left pending.
func (s *settling) addLate(first, last uint64) {
	kept := s.pending[:0:0]
	for _, p := range s.pending {
		from, to := max(p.first, first), min(p.last, last)
		if from > to {
			kept = append(kept, p)
			continue
		}
		s.except(span{from, to}, pluginv1.Outcome_OUTCOME_CONFIRMED)
		if p.first < from {
			kept = append(kept, span{p.first, from - 1})
		}
		if to < p.last {
			kept = append(kept, span{to + 1, p.last})
		}
	}
	s.pending = kept
}

// open are the parts between first and last that are not settled.
func (s *settling) open(first, last uint64) []span {
	var list []span
	for _, p := range s.pending {
		if from, to := max(p.first, first), min(p.last, last); from <= to {
			list = append(list, span{from, to})
		}
	}
	next := max(first, s.reported+1)
	for _, a := range s.ahead {
		if to := min(a.first-1, last); next <= to {
			list = append(list, span{next, to})
		}
		next = max(next, a.last+1)
	}
	if next <= last {
		list = append(list, span{next, last})
	}
	return list
}

func (s *settling) except(x span, outcome pluginv1.Outcome) {
	s.exceptions = append(s.exceptions, &pluginv1.Exception{
		First: x.first, Count: uint32(x.last - x.first + 1), Outcome: outcome,
	})
}

// maxExceptions keeps a receipt well under a frame's limit.
const maxExceptions = 10_000

// take makes the receipt for what was added since the last, and reports whether some of it must wait for the next.
func (s *settling) take(epoch uint64) (receipt *pluginv1.Receipt, more bool) {
	reach := 0
	for reach < len(s.ahead) && len(s.exceptions) < maxExceptions {
		a := s.ahead[reach]
		if open := (span{s.reported + 1, a.first - 1}); open.first <= open.last {
			s.pending = append(s.pending, open)
			s.except(open, pluginv1.Outcome_OUTCOME_PENDING)
		}
		s.reported = a.last
		reach++
	}
	s.ahead = slices.Delete(s.ahead, 0, reach)
	n := min(len(s.exceptions), maxExceptions)
	receipt = &pluginv1.Receipt{Epoch: epoch, SettledUpTo: s.reported, Exceptions: s.exceptions[:n:n]}
	s.exceptions = s.exceptions[n:]
	return receipt, len(s.exceptions)+len(s.ahead) > 0
}

// insert adds a span to a sorted list and joins it with those that it touches.
func insert(list []span, x span) []span {
	at := len(list)
	for at > 0 && list[at-1].last+1 >= x.first {
		at--
	}
	end := at
	for end < len(list) && list[end].first <= x.last+1 {
		x.first, x.last = min(x.first, list[end].first), max(x.last, list[end].last)
		end++
	}
	return slices.Replace(list, at, end, x)
}
