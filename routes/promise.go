package routes

import (
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// Promise is what an outlet does with its messages and what that is worth.
type Promise struct {
	// Mode is core.ModeLive or core.ModeAcked, core.ModeAuto resolved.
	Mode core.Mode
	// Guarantee is what the outlet gives, Ceiling the most that its two ends can.
	Guarantee, Ceiling core.Guarantee
	// Reason says in one line, without a full stop, why it is that.
	Reason string
}

// Served is an outlet of a route with its promise.
type Served struct {
	Inbound string
	Outlet
	Promise
}

// Promises are those of all outlets, in the order of the file.
func Promises(list []Route, ends map[string]End) []Served {
	var all []Served
	for _, route := range list {
		for _, o := range route.Outlets {
			all = append(all, Served{route.Inbound, o, PromiseOf(ends[route.Inbound], ends[o.To], o)})
		}
	}
	return all
}

// PromiseOf is the weakest of what the inbound, the hub and the outbound do for a message of the outlet. An outlet that
// asks for what its ends can't do gets the promise that they can keep; CheckAbilities refuses it.
func PromiseOf(in, out End, o Outlet) Promise {
	p := Promise{Mode: core.ModeLive}
	limit := limitOf(in, out)
	if limit == "" {
		p.Ceiling = core.AtLeastOnce
	}
	switch {
	case limit != "":
		p.Reason = limit
	case o.Delivery == core.ModeLive:
		p.Reason = "the file says live"
	case !o.Required:
		p.Mode, p.Reason = core.ModeAcked, "the file says required: false, so "+in.Name+" does not wait for it"
	default:
		p.Mode, p.Guarantee = core.ModeAcked, core.AtLeastOnce
		p.Reason = in.Name + " brings again what was not settled" + kept(in.Capabilities.Inbound.Durability) + ", and " +
			out.Name + " " + confirmWords[confirmOf(out)] + kept(out.Capabilities.Outbound.Durability)
	}
	return p
}

// Overflow is what a full queue of the outlet does: one that its source waits for always blocks.
func (p Promise) Overflow(o Outlet) core.Overflow {
	switch {
	case p.Mode == core.ModeAcked && o.Required:
		return core.OverflowBlock
	case o.Queue.Overflow == core.OverflowDefault:
		return core.OverflowDropOldest
	}
	return o.Queue.Overflow
}

// kept is what keeps a message at an end, as its plugin has it.
func kept(durability string) string {
	if durability == "" {
		return ""
	}
	return " (" + durability + ")"
}

// limitOf says why two ends can't do better than at most once, empty where they can.
func limitOf(in, out End) string {
	if in.Name == "" || out.Name == "" {
		return "not all of its plugins could be asked"
	}
	limits := make([]string, 0, 2)
	for _, limit := range []string{sourceLimit(in), targetLimit(out)} {
		if limit != "" {
			limits = append(limits, limit)
		}
	}
	return strings.Join(limits, "; ")
}

// sourceLimit says why an end can't be trusted to bring a message again, in its plugin's words if it has some.
func sourceLimit(in End) string {
	source := in.Capabilities.Inbound
	switch {
	case source == nil:
		return in.Name + " can't be a source"
	case source.Ack == core.AckMessage && source.Replay != core.ReplayNone:
		return ""
	case source.Limit != "":
		return in.Name + ": " + source.Limit
	case source.Ack != core.AckMessage:
		return in.Name + " acknowledges nothing to its origin, so nothing comes again"
	}
	return in.Name + " can't bring a message again"
}

// targetLimit says why an end's receipt is no proof, in its plugin's words if it has some.
func targetLimit(out End) string {
	target := out.Capabilities.Outbound
	switch {
	case target == nil:
		return out.Name + " can't be a target"
	case target.Confirm >= core.ConfirmAccepted:
		return ""
	case target.Limit != "":
		return out.Name + ": " + target.Limit
	}
	return out.Name + " " + confirmWords[target.Confirm] + ", which is no proof that the other side has it"
}

// confirmWords tell what a target's receipt means.
var confirmWords = [...]string{
	core.ConfirmNone:      "confirms no more than that a message was handed on",
	core.ConfirmWritten:   "confirms that a message was given to the operating system",
	core.ConfirmAccepted:  "confirms that the other side has it",
	core.ConfirmPersisted: "confirms that it is on stable storage",
}

func confirmOf(out End) core.Confirm {
	return min(out.Capabilities.Outbound.Confirm, core.ConfirmPersisted)
}
