package load

import (
	"bytes"
	"sync/atomic"
	"time"
)

// Tally checks the messages of one receiver. take is for the receiver's goroutine; the figures that are functions may be
// read at any time.
type Tally struct {
	senders []senderTally
	count   atomic.Uint64
	foreign atomic.Uint64
	damaged atomic.Uint64
	// rest follows the stamp of each message; nil where that is not known.
	rest []byte
	// from is when messages must be due for their delays to be kept, Unix nanoseconds.
	from atomic.Int64
	// moved is told, without blocking, when messages were received.
	moved chan<- struct{}

	now    time.Time
	burst  uint64
	timed  bool
	delays []time.Duration
}

// senderTally is what came of one sender's messages.
type senderTally struct {
	// highest is the highest sequence number so far; missing are those below it that did not come.
	highest uint64
	missing map[uint64]struct{}
	burst   uint64

	received, repeated, late atomic.Uint64
}

// NewTally makes a tally for so many senders of messages of that body. timed: delays are kept, each in memory, so only for
// bounded rates.
func NewTally(body Body, senders int, timed bool, moved chan<- struct{}) *Tally {
	t := &Tally{senders: make([]senderTally, senders), rest: body.rest(), timed: timed, moved: moved}
	for i := range t.senders {
		t.senders[i].missing = map[uint64]struct{}{}
	}
	return t
}

func (t *Tally) begin(now time.Time) { t.now = now }

func (t *Tally) take(message []byte) {
	s, ok := readStamp(message)
	if !ok || s.sender >= len(t.senders) {
		t.foreign.Add(1)
		return
	}
	one := &t.senders[s.sender]
	if s.sequence == one.highest+1 {
		one.highest++
	} else {
		one.astray(s.sequence)
	}
	one.burst++
	t.burst++
	if t.rest != nil && !intact(message[LeastSize:], t.rest) {
		t.damaged.Add(1)
	}
	if t.timed && s.due > t.from.Load() {
		t.delays = append(t.delays, s.since(t.now))
	}
}

// looked is how many bytes at either end are compared. A relay that mixes up its memory does so there too, and all of a
// large message would take the processor from the relay.
const looked = 512

func intact(got, want []byte) bool {
	n := min(looked, len(want))
	return len(got) == len(want) && bytes.Equal(got[:n], want[:n]) && bytes.Equal(got[len(got)-n:], want[len(want)-n:])
}

// astray takes a message that is not the next one.
func (one *senderTally) astray(sequence uint64) {
	if sequence > one.highest {
		for n := one.highest + 1; n < sequence; n++ {
			one.missing[n] = struct{}{}
		}
		one.highest = sequence
	} else if _, missed := one.missing[sequence]; missed {
		delete(one.missing, sequence)
		one.late.Add(1)
	} else {
		one.repeated.Add(1)
	}
}

// end publishes what the burst brought.
func (t *Tally) end() {
	if t.burst == 0 {
		return
	}
	for i := range t.senders {
		if one := &t.senders[i]; one.burst > 0 {
			one.received.Add(one.burst)
			one.burst = 0
		}
	}
	t.count.Add(t.burst)
	t.burst = 0
	select {
	case t.moved <- struct{}{}:
	default:
	}
}

// Count is how many messages came, repeated ones included.
func (t *Tally) Count() uint64 { return t.count.Load() }

// From is how many different messages of a sender came.
func (t *Tally) From(sender int) uint64 {
	one := &t.senders[sender]
	return one.received.Load() - one.repeated.Load()
}

// Foreign is how many messages had no stamp of this run.
func (t *Tally) Foreign() uint64 { return t.foreign.Load() }

// Repeated is how many messages came a second time.
func (t *Tally) Repeated() uint64 {
	return t.sum(func(one *senderTally) uint64 { return one.repeated.Load() })
}

// Late is how many messages came after a later one of their sender: order was lost.
func (t *Tally) Late() uint64 { return t.sum(func(one *senderTally) uint64 { return one.late.Load() }) }

func (t *Tally) sum(of func(*senderTally) uint64) (n uint64) {
	for i := range t.senders {
		n += of(&t.senders[i])
	}
	return n
}

// Damaged is how many messages had their stamp and something else behind it than was sent.
func (t *Tally) Damaged() uint64 { return t.damaged.Load() }

// DelaysFrom makes the delays begin: those of messages that are due later are kept.
func (t *Tally) DelaysFrom(at time.Time) { t.from.Store(at.UnixNano()) }

// Delays are from when each message was due to when it was read. They may be read when the receiver has ended.
func (t *Tally) Delays() []time.Duration { return t.delays }
