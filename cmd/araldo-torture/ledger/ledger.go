package ledger

import (
	"fmt"
	"sync"
	"time"
)

// Place is where a message arrives.
type Place int

// The places. Archive is the acked outlet's target, DeadLetter where it puts what it can't deliver, Browser the live
// outlet beside it, which may lose messages but not invent any.
const (
	Archive Place = iota
	DeadLetter
	Browser
	places
)

func (p Place) String() string { return [places]string{"archive", "dead letter", "browser"}[p] }

// mostFaults is how many faults are kept in words. All are counted.
const mostFaults = 20

// message is what is known of one.
type message struct {
	acked    bool
	arrivals [places]uint8
}

// Ledger is the history of a run. All methods may be called from any goroutine.
type Ledger struct {
	seed uint64
	size int

	mu       sync.Mutex
	messages []message
	// open is how many acked messages have not arrived.
	open     int
	acked    int
	arrived  [places]uint64
	newest   [places]uint64
	last     [places]time.Time
	pause    [places]time.Duration
	faults   []string
	forged   int
	wrong    int
	lost     int
	repeated uint64
}

// New begins a history of payloads of size bytes, at least MinSize.
func New(seed uint64, size int) *Ledger { return &Ledger{seed: seed, size: max(size, MinSize)} }

// Send gives out the next number. A number that is not used stands for a message whose fate nobody knows.
func (l *Ledger) Send() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, message{})
	return uint64(len(l.messages) - 1)
}

// Ack notes that the source has accepted message n: from now on it must arrive.
func (l *Ledger) Ack(n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := &l.messages[n]
	if !m.acked {
		m.acked = true
		l.acked++
		if !m.safe() {
			l.open++
		}
	}
}

// Arrive notes an arrival and judges it: a payload that was never sent, is not the one of its number, or is where it does
// not belong, is a fault. claimed is the number that came with the message beside its payload, "" where none can.
func (l *Ledger) Arrive(at Place, payload []byte, claimed string) {
	n, ours := l.number(payload)
	genuine := ours && l.genuine(n, payload)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived[at]++
	l.breathe(at)
	switch {
	case !ours || n >= uint64(len(l.messages)):
		l.forged++
		l.fault("%s: nobody sent %.60q", at, payload)
	case !genuine || claimed != "" && claimed != fmt.Sprint(n):
		l.wrong++
		l.fault("%s: message %d (beside it: %q) arrived with %d bytes that are not its own: %.60q", at, n, claimed, len(payload), payload)
	default:
		l.take(n, at)
	}
}

// take counts a genuine arrival.
func (l *Ledger) take(n uint64, at Place) {
	m := &l.messages[n]
	if m.acked && !m.safe() && at != Browser {
		l.open--
	}
	if m.arrivals[at] < 255 {
		m.arrivals[at]++
	}
	if m.arrivals[at] > 1 && at != Browser {
		l.repeated++
	}
	if at == Archive && l.Poison(n) {
		l.wrong++
		l.fault("%s: message %d belongs into the dead letter alone", at, n)
	}
	l.newest[at] = max(l.newest[at], n+1)
}

// safe reports whether a message is where it can't get lost any more.
func (m *message) safe() bool { return m.arrivals[Archive] > 0 || m.arrivals[DeadLetter] > 0 }

// breathe notes how long nothing had arrived.
func (l *Ledger) breathe(at Place) {
	now := time.Now()
	if !l.last[at].IsZero() {
		l.pause[at] = max(l.pause[at], now.Sub(l.last[at]))
	}
	l.last[at] = now
}

func (l *Ledger) fault(format string, arguments ...any) {
	if len(l.faults) < mostFaults {
		l.faults = append(l.faults, fmt.Sprintf(format, arguments...))
	}
}

// Lose notes that arrivals could not be read at a place, which makes the history worthless.
func (l *Ledger) Lose(at Place, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost++
	l.fault("%s: arrivals can't be read: %v", at, err)
}
