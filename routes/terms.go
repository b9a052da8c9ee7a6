package routes

import (
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// The bounds of an outlet's times: of a pause between attempts, and of a message's life.
const (
	leastPause = time.Millisecond
	mostPause  = 24 * time.Hour
	leastTTL   = time.Millisecond
	mostTTL    = 365 * 24 * time.Hour
)

// The bounds of what is held for a target that is still starting.
const (
	mostHeld    = 1_000_000
	leastHeld   = time.Millisecond
	longestHeld = 24 * time.Hour
)

var (
	retryKeys  = []string{"initial", "max"}
	holdKeys   = []string{"messages", "age"}
	guarantees = map[string]core.Guarantee{
		"at-most-once": core.AtMostOnce, "at-least-once-from-hub": core.AtLeastOnceFromHub, "at-least-once": core.AtLeastOnce,
	}
)

// readTerms reads the keys that say what becomes of a message.
func (o *Outlet) readTerms(ps *core.Problems, e document.Entry) {
	word := ""
	switch e.Key {
	case "delivery":
		o.readDelivery(ps, e)
	case "require":
		e.OneOf(ps, &word, "at-most-once", "at-least-once-from-hub", "at-least-once")
		o.Require = guarantees[word]
	case "required":
		e.Bool(ps, &o.Required)
	case "retry":
		o.readRetry(ps, e)
	case "order":
		e.OneOf(ps, &word, core.OrderFirstAttempt.String(), core.OrderStrict.String())
		if word == core.OrderStrict.String() {
			o.Order = core.OrderStrict
		}
	case "ttl":
		e.Duration(ps, &o.TTL, leastTTL, mostTTL)
	case "on-poison":
		e.OneOf(ps, &word, core.PoisonBlock.String(), core.PoisonDrop.String())
		o.OnPoison = map[string]core.OnPoison{"block": core.PoisonBlock, "drop": core.PoisonDrop}[word]
	case "dead-letter":
		e.String(ps, &o.DeadLetter)
	case "hold":
		o.readHold(ps, e)
	case "reply-timeout":
		e.Duration(ps, &o.ReplyTimeout, leastReplyTimeout, mostReplyTimeout)
	case "timeout":
		ps.Errorf(e.Position(), "set it there, under plugins", "`timeout` is a key of the endpoint that the outlet leads to")
	default:
		e.Unknown(ps, outletKeys)
	}
}

func (o *Outlet) readDelivery(ps *core.Problems, e document.Entry) {
	word := core.ModeAuto.String()
	e.OneOf(ps, &word, "auto", "live", "acked", "durable")
	switch word {
	case "live":
		o.Delivery = core.ModeLive
	case "acked":
		o.Delivery = core.ModeAcked
	case "durable":
		ps.Errorf(e.Value.Position(), "available: auto, live, acked", "delivery: durable is not available yet")
	}
}

func (o *Outlet) readRetry(ps *core.Problems, e document.Entry) {
	given := map[string]bool{}
	for _, r := range e.Value.Entries(ps, e.Key) {
		given[r.Key] = true
		switch r.Key {
		case "initial":
			r.Duration(ps, &o.Retry.Initial, leastPause, mostPause)
		case "max":
			r.Duration(ps, &o.Retry.Max, leastPause, mostPause)
		default:
			r.Unknown(ps, retryKeys)
		}
	}
	if !given["max"] {
		o.Retry.Max = max(o.Retry.Max, o.Retry.Initial)
	}
	if !given["initial"] {
		o.Retry.Initial = min(o.Retry.Max, o.Retry.Initial)
	}
	if o.Retry.Initial > o.Retry.Max {
		ps.Errorf(e.Value.Position(), "the pause grows from `initial` to `max`", "retry: initial %s is more than max %s",
			document.FormatDuration(o.Retry.Initial), document.FormatDuration(o.Retry.Max))
	}
}

func (o *Outlet) readHold(ps *core.Problems, e document.Entry) {
	for _, h := range e.Value.Entries(ps, e.Key) {
		switch h.Key {
		case "messages":
			h.Int(ps, &o.Hold.Messages, 1, mostHeld)
		case "age":
			h.Duration(ps, &o.Hold.Age, leastHeld, longestHeld)
		default:
			h.Unknown(ps, holdKeys)
		}
	}
}
