package core

import "time"

// Mode is a route's delivery.
type Mode uint8

// The delivery modes.
const (
	ModeAuto    Mode = iota // acked where both ends can, else live
	ModeLive                // settled on receipt; what is in flight can be lost, and is counted
	ModeAcked               // the source is acked when every required outlet has settled
	ModeDurable             // settled after fsync in the hub's store
)

var modeNames = [...]string{"auto", "live", "acked", "durable"}

func (m Mode) String() string { return modeNames[min(int(m), len(modeNames)-1)] }

// Overflow is what a full queue does with a new batch.
type Overflow uint8

// The overflow policies.
const (
	OverflowDefault    Overflow = iota // drop-oldest for live, block for acked and durable
	OverflowBlock                      // the source waits
	OverflowDropOldest                 // the oldest queued messages make room
	OverflowDropNewest                 // what does not fit is dropped
)

var overflowNames = [...]string{"default", "block", "drop-oldest", "drop-newest"}

func (o Overflow) String() string { return overflowNames[min(int(o), len(overflowNames)-1)] }

// Order is what a failure does to the messages behind it.
type Order uint8

// The orders.
const (
	OrderFirstAttempt Order = iota // a retried message may come after its successors
	OrderStrict                    // the lane stops at the first failure and goes back to it
)

func (o Order) String() string { return [...]string{"first-attempt", "strict"}[min(int(o), 1)] }

// OnPoison is what happens to a message that its endpoint can never take, where there is no dead letter.
type OnPoison uint8

// The poison policies.
const (
	PoisonDefault OnPoison = iota // block for acked and durable, drop for live
	PoisonBlock                   // the lane stops until its stream is renewed or the endpoint is enabled again
	PoisonDrop                    // dropped, and settled by that
)

var onPoisonNames = [...]string{"default", "block", "drop"}

func (p OnPoison) String() string { return onPoisonNames[min(int(p), len(onPoisonNames)-1)] }

// Account is where all messages of an outlet are. At all times
// In = Delivered + Filtered + DeadLettered + Expired + sum(Dropped) + Queued + InFlight.
type Account struct {
	In, Delivered, Filtered, DeadLettered, Expired uint64
	Dropped                                        [ReasonCount]uint64
	Queued, InFlight                               uint64
	// Retried counts further attempts, Returned messages that were left unacked at the source; both are beside the sum.
	Retried, Returned uint64
}

// Add adds another account's numbers.
func (a *Account) Add(b *Account) {
	a.In += b.In
	a.Delivered += b.Delivered
	a.Filtered += b.Filtered
	a.DeadLettered += b.DeadLettered
	a.Expired += b.Expired
	for i := range a.Dropped {
		a.Dropped[i] += b.Dropped[i]
	}
	a.Queued += b.Queued
	a.InFlight += b.InFlight
	a.Retried += b.Retried
	a.Returned += b.Returned
}

// Residue is In less all that it was split into: 0 in every account.
func (a *Account) Residue() int64 {
	sum := a.Delivered + a.Filtered + a.DeadLettered + a.Expired + a.Queued + a.InFlight
	for _, n := range a.Dropped {
		sum += n
	}
	return int64(a.In) - int64(sum)
}

// Snapshot is an outlet at one moment.
type Snapshot struct {
	Account
	// OldestAge is how long the oldest queued message has waited.
	OldestAge time.Duration
	// QueuedBytes is the frames that queued messages keep in memory, as the queue's limit counts them.
	QueuedBytes int
	// Latency is from receipt to delivery, of all that was delivered.
	Latency Latency
	// LastFailure is the newest failure's detail, empty where there was none.
	LastFailure string
	// Paused says why the lane is not sending though messages wait; empty while it is.
	Paused string
	// Void counts receipts and credits of dead epochs, Violations receipts that the protocol does not allow.
	Void, Violations uint64
}
