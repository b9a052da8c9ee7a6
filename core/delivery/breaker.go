package delivery

import (
	"sync"
	"sync/atomic"
	"time"
)

// The breaker opens after breakerLimit failures without a success between them, for breakerFirst, then for twice as
// long each time that the attempt after it fails too, up to breakerLongest.
const (
	breakerLimit   = 5
	breakerFirst   = 5 * time.Second
	breakerLongest = 60 * time.Second
)

// Breaker keeps all outlets of one endpoint from sending while the endpoint fails. Open, it lets one message of one
// outlet through when its pause is over; what becomes of that one decides. It is made by NewBreaker and used by
// outlets only.
type Breaker struct {
	// troubled is false while there was no failure: nothing else is looked at then.
	troubled atomic.Bool

	mu       sync.Mutex
	failures int
	pause    time.Duration
	until    time.Time
	probe    *Outlet
	waiting  map[*Outlet]bool
}

// NewBreaker returns a closed breaker.
func NewBreaker() *Breaker { return &Breaker{waiting: map[*Outlet]bool{}} }

// permit is what a breaker allows.
type permit uint8

const (
	permitAll permit = iota
	permitOne        // one message; its fate is to be reported
	permitNone
)

// ask says what who may send now; for permitNone, when to ask again at the latest.
func (b *Breaker) ask(who *Outlet) (permit, time.Duration) {
	if !b.troubled.Load() {
		return permitAll, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakerLimit {
		return permitAll, 0
	}
	wait := time.Until(b.until)
	if wait <= 0 && (b.probe == nil || b.probe == who) {
		b.probe = who
		return permitOne, 0
	}
	b.waiting[who] = true
	if wait <= 0 {
		wait = b.pause
	}
	return permitNone, wait
}

// failed counts a failure. While the breaker is open, those of messages sent before change nothing.
func (b *Breaker) failed(who *Outlet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.troubled.Store(true)
	b.failures++
	if b.failures < breakerLimit || b.failures > breakerLimit && b.probe != who {
		return
	}
	b.pause = min(max(2*b.pause, breakerFirst), breakerLongest)
	b.until = time.Now().Add(b.pause)
	b.probe = nil
}

// succeeded closes the breaker.
func (b *Breaker) succeeded() {
	if !b.troubled.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.pause, b.probe = 0, 0, nil
	b.troubled.Store(false)
	b.wakeAll()
}

// leave gives back a permitOne whose fate will not be known.
func (b *Breaker) leave(who *Outlet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.waiting, who)
	if b.probe == who {
		b.probe = nil
		b.wakeAll()
	}
}

func (b *Breaker) wakeAll() {
	for who := range b.waiting {
		who.wake()
	}
	clear(b.waiting)
}
