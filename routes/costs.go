package routes

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// costs says what the outlet's choices, the defaults included, cost its messages.
func (s Served) costs() string {
	var b strings.Builder
	for _, clause := range []string{s.holdCost(), s.orderCost(), s.poisonCost(), s.ttlCost()} {
		if clause != "" {
			b.WriteString("; " + clause)
		}
	}
	return b.String()
}

// holdCost is what waits in place of what the queue may hold while the target is away.
func (s Served) holdCost() string {
	if s.Hold == (Hold{}) || s.Overflow(s.Outlet) == core.OverflowBlock {
		return ""
	}
	text := fmt.Sprintf("while %s is away up to %d messages wait", s.To, cmp.Or(s.Hold.Messages, s.Queue.Messages))
	if s.Hold.Age > 0 {
		text += ", each for up to " + document.FormatDuration(s.Hold.Age)
	}
	return text
}

func (s Served) orderCost() string {
	switch {
	case s.Order == core.OrderStrict:
		return "a message that fails holds back those behind it"
	case s.Mode == core.ModeAcked:
		return "a message that is tried again may come after its successors"
	}
	return ""
}

func (s Served) poisonCost() string {
	switch {
	case s.DeadLetter != "":
		return "what " + s.To + " can never take goes to " + s.DeadLetter
	case s.OnPoison == core.PoisonBlock, s.OnPoison == core.PoisonDefault && s.Mode == core.ModeAcked:
		return "a message that " + s.To + " can never take stops the outlet"
	case s.Mode == core.ModeAcked:
		return "what " + s.To + " can never take is dropped"
	}
	return ""
}

func (s Served) ttlCost() string {
	if s.TTL == 0 {
		return ""
	}
	return "what waits longer than " + document.FormatDuration(s.TTL) + " is dropped as expired"
}

// checkCosts warns of keys of a route's outlet that lose messages unawares or do nothing.
func checkCosts(ps *core.Problems, in, out, dead End, o *Outlet) {
	p := PromiseOf(in, out, *o)
	if source := in.Capabilities.Inbound; source != nil && !source.Pausable && p.Overflow(*o) == core.OverflowBlock {
		ps.Warnf(o.at("queue"), "what comes while the queue is full is lost at the source and shows as a gap",
			"%s -> %s: a full queue holds the source back, but %s can't be paused", in.Name, o.To, in.Name)
	}
	if given := o.Queue.Overflow; p.Overflow(*o) == core.OverflowBlock && given != core.OverflowBlock && given != core.OverflowDefault {
		ps.Warnf(o.at("queue"), "to drop messages, set `delivery: live` or `required: false`",
			"overflow: %s has no effect: an acked outlet holds its source back", given)
	}
	if o.Hold != (Hold{}) && p.Overflow(*o) == core.OverflowBlock {
		ps.Warnf(o.at("hold"), "leave it out", "hold has no effect: a full queue of %s -> %s holds the source back", in.Name, o.To)
	}
	if o.DeadLetter != "" {
		checkBurial(ps, dead, o)
	}
}

// checkBurial warns of a dead letter that does not keep what it gets.
func checkBurial(ps *core.Problems, dead End, o *Outlet) {
	if o.OnPoison != core.PoisonDefault {
		ps.Warnf(o.at("on-poison"), "leave out one of the two", "on-poison: %s has no effect beside dead-letter: %s", o.OnPoison,
			o.DeadLetter)
	}
	if dead.Capabilities.Outbound == nil {
		return
	}
	if limit := targetLimit(dead); limit != "" {
		ps.Warnf(o.at("dead-letter"), limit, "dead-letter: a message can be lost on its way to %s", o.DeadLetter)
	}
}
