package delivery

import (
	"math/rand/v2"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// The defaults of Options.
const (
	DefaultMessages = 1024
	DefaultBytes    = 8 << 20
	DefaultTimeout  = 10 * time.Second
	DefaultInitial  = 200 * time.Millisecond
	DefaultMax      = 30 * time.Second
)

// Options is how an outlet delivers. Zero fields take the defaults above.
type Options struct {
	// Route and Name are the outlet's, for what follows messages.
	Route, Name string
	// Mode is core.ModeLive (also for core.ModeAuto) or core.ModeAcked.
	Mode core.Mode
	// Optional outlets (required: false) never hold their source back by default and never count for its tickets.
	Optional bool
	Order    core.Order
	// Messages and Bytes bound the queue. Bytes counts the frames that queued messages keep in memory.
	Messages, Bytes int
	// Overflow is drop-oldest by default; acked outlets that are not Optional always block.
	Overflow core.Overflow
	// Retry begins with pauses up to Initial, doubled up to Max.
	Retry Retry
	// Timeout is how long an endpoint may give no receipt for what it was sent.
	Timeout time.Duration
	// TTL is a message's life from Offer on; 0 is for ever.
	TTL      time.Duration
	OnPoison core.OnPoison
	// Hold is what waits for an endpoint that is away; zero: what the queue may hold.
	Hold Hold
	// DeadLetter takes what the endpoint never can; nil where there is none.
	DeadLetter DeadLetter
	// Encoder turns values into the endpoint's bytes; nil: messages are sent as they come.
	Encoder core.Converter
	// Breaker is shared by all outlets of one endpoint; nil gives the outlet its own.
	Breaker *Breaker
	// Window, where not nil, shows each message when it is settled.
	Window *core.Window
	// Random gives numbers in [0,1) for jitter; nil: math/rand.
	Random func() float64
}

// Retry bounds the pauses between attempts.
type Retry struct{ Initial, Max time.Duration }

func (o Options) acked() bool { return o.Mode == core.ModeAcked }

// counts: tickets hear of its settlements.
func (o Options) counts() bool { return o.acked() && !o.Optional }

// Blocks reports whether an outlet with these options holds its source back when its queue is full.
func (o Options) Blocks() bool { return o.withDefaults().Overflow == core.OverflowBlock }

// Tunes reports whether Tune makes an outlet that was made with before one as if it was made with these options.
func (o Options) Tunes(before Options) bool {
	return o.Route == before.Route && o.Name == before.Name && o.Mode == before.Mode && o.Optional == before.Optional &&
		o.Order == before.Order && o.Encoder == before.Encoder && o.Breaker == before.Breaker && o.Window == before.Window &&
		o.Blocks() == before.Blocks()
}

func (o Options) withDefaults() Options {
	fill(&o.Messages, DefaultMessages)
	fill(&o.Bytes, DefaultBytes)
	fill(&o.Timeout, DefaultTimeout)
	fill(&o.Retry.Initial, DefaultInitial)
	fill(&o.Retry.Max, max(DefaultMax, o.Retry.Initial))
	if o.Hold.Age > 0 {
		fill(&o.Hold.Messages, o.Messages)
	}
	switch {
	case o.counts():
		o.Overflow = core.OverflowBlock
	case o.Overflow == core.OverflowDefault:
		o.Overflow = core.OverflowDropOldest
	}
	if o.OnPoison == core.PoisonDefault {
		o.OnPoison = core.PoisonDrop
		if o.acked() {
			o.OnPoison = core.PoisonBlock
		}
	}
	if o.Breaker == nil {
		o.Breaker = NewBreaker()
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return o
}

func fill[N int | time.Duration](field *N, value N) {
	if *field <= 0 {
		*field = value
	}
}
