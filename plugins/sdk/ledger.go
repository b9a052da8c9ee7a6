package sdk

import "github.com/araldo-relay/araldo/core"

// ledger remembers the tokens of a source's unsettled messages, in the order of their sequence numbers. It belongs to
// an emitter and its lock. Without a Settler it is off and costs nothing.
type ledger struct {
	on bool
	// entries[i] is the message with sequence number passed+1+i; the last ones are queued and not sent yet.
	entries []entry
	passed  uint64
	// pending are messages that a receipt passed over, by sequence number.
	pending map[uint64]string
	// settled and returned wait for the courier.
	settled, returned []string
}

type entry struct {
	token string
	// told: an exception has named it, so that passing it says nothing more.
	told bool
}

// add notes n messages; without tokens there is nothing to tell about them.
func (l *ledger) add(n int, tokens []string) {
	if !l.on {
		return
	}
	for i := range n {
		e := entry{told: len(tokens) == 0}
		if !e.told {
			e.token = tokens[i]
		}
		l.entries = append(l.entries, e)
	}
}

// restart begins a new epoch: what was sent has an unknown fate and is returned; the last queued ones are to be sent
// from sequence number 1.
func (l *ledger) restart(queued int) {
	if !l.on {
		return
	}
	sent := len(l.entries) - queued
	for _, e := range l.entries[:sent] {
		if !e.told {
			l.returned = append(l.returned, e.token)
		}
	}
	for _, token := range l.pending {
		l.returned = append(l.returned, token)
	}
	clear(l.pending)
	l.entries = append([]entry(nil), l.entries[sent:]...)
	l.passed = 0
}

// clear reports whether no message is unsettled.
func (l *ledger) clear() bool { return len(l.entries)+len(l.pending) == 0 }

// receipt settles what r says, as far as it was sent.
func (l *ledger) receipt(r core.Receipt, queued int) {
	if !l.on {
		return
	}
	last := l.passed + uint64(len(l.entries)-queued)
	for _, x := range r.Exceptions {
		if x.First == 0 || x.First > last {
			continue
		}
		count := min(max(x.Count, 1), last-x.First+1)
		for sequence := x.First; sequence < x.First+count; sequence++ {
			l.tell(sequence, x.Outcome)
		}
	}
	upTo := min(r.UpTo, last)
	if upTo <= l.passed {
		return
	}
	n := int(upTo - l.passed)
	for _, e := range l.entries[:n] {
		if !e.told {
			l.settled = append(l.settled, e.token)
		}
	}
	clear(l.entries[:n])
	l.entries, l.passed = l.entries[n:], upTo
}

// tell settles one message that an exception names. One that is settled already stays so.
func (l *ledger) tell(sequence uint64, outcome core.Outcome) {
	token, known := l.pending[sequence]
	if sequence > l.passed {
		e := &l.entries[sequence-l.passed-1]
		if !e.told {
			token, known = e.token, true
		}
		e.told = true
	}
	switch {
	case !known:
	case outcome == core.OutcomePending:
		if l.pending == nil {
			l.pending = make(map[uint64]string)
		}
		l.pending[sequence] = token
		return
	case outcome == core.OutcomeReturned:
		l.returned = append(l.returned, token)
	default:
		l.settled = append(l.settled, token)
	}
	delete(l.pending, sequence)
}
