package hub

import (
	"slices"
	"strings"
	"unicode"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/delivery"
	"github.com/araldo-relay/araldo/routes"
)

// deadLetters takes what an outlet's endpoint never can: a lane of that outlet's own to the endpoint of its dead letter,
// acked and without a dead letter, whatever the route promises.
type deadLetters struct {
	route, outlet string
	mask          func(string) string
	lane          *delivery.Outlet
}

// deadLetters makes the lane for an outlet's dead letters, which is one more outlet of the route to all who look at it, or
// takes over that of before; nil where there is no dead letter.
func (r *relay) deadLetters(inbound string, o routes.Outlet, before *relay) *outlet {
	if o.DeadLetter == "" {
		return nil
	}
	target := r.endpoint(o.DeadLetter)
	own := routes.Outlet{Name: o.Name + "/" + o.DeadLetter, To: o.DeadLetter, Position: o.Position, Required: true,
		Queue: o.Queue, Retry: o.Retry, OnPoison: core.PoisonBlock, Echo: true}
	promise := routes.PromiseOf(r.crew.ends[inbound], r.crew.ends[o.DeadLetter], own)
	promise.Mode = core.ModeAcked
	was := before.burial(inbound, o.Name)
	at := r.placeOf(inbound, own, was)
	one := &outlet{Outlet: own, promise: promise, place: at, deadOf: o.Name,
		lane: core.LaneOptions{Source: inbound, Acked: true, Waits: true}}
	one.options = r.deliveryOptions(inbound, own, promise, target, at, nil)
	r.run(one, was, target)
	one.letters = &deadLetters{route: inbound, outlet: o.Name, mask: r.mask, lane: one.running}
	if was != nil && was.running == one.running {
		one.letters = was.letters
	}
	return one
}

// burial finds what takes an outlet's dead letters, wherever to; nil where nothing does or there is no relay.
func (r *relay) burial(inbound, outlet string) *outlet {
	if r == nil {
		return nil
	}
	for _, route := range r.routes {
		for _, o := range route.outlets {
			if route.Inbound == inbound && o.deadOf == outlet {
				return o
			}
		}
	}
	return nil
}

// exhume ends what took the dead letters of an outlet that goes on without: the outlet takes back what that did not bring
// to its endpoint. It reports false where the outlet is gone too.
func (c *change) exhume(burial *outlet) bool {
	now := c.after.outlet(burial.lane.Source, burial.deadOf)
	if now == nil {
		return false
	}
	burial.running.Close(core.ReasonShutdown) // nothing is settled by that
	now.running.Exhume()
	if n := burial.running.Snapshot().Returned; n > 0 {
		c.remark("outlet %s -> %s has %d messages back that %s did not take as dead letters", burial.lane.Source, burial.deadOf,
			n, burial.To)
	}
	return true
}

// Bury implements delivery.DeadLetter: what it takes is settled when the endpoint of the dead letter has confirmed it.
func (d *deadLetters) Bury(batch core.Batch, cause delivery.Cause) {
	letter := core.DeadLetter{Route: d.route, Outlet: d.outlet, Reason: cause.Reason.String(),
		Attempts: uint64(cause.Attempts), First: cause.First, Last: cause.Last, Error: oneLine(d.mask(cause.Detail))}
	batch.Messages = stamped(batch.Messages, &letter)
	d.lane.Offer(batch)
}

// stamped is the messages with the attributes of their dead letter; those of one connection share their header as before.
func stamped(messages []core.Message, letter *core.DeadLetter) []core.Message {
	messages = slices.Clone(messages)
	var was, is *core.Header
	for i := range messages {
		if h := messages[i].Header; is == nil || h != was {
			was, is = h, &core.Header{}
			if h != nil {
				*is = *h
			}
			is.Attributes = letter.Stamp(is.Attributes)
		}
		messages[i].Header = is
	}
	return messages
}

// mostDeadError is how much of an error a dead letter keeps, in bytes.
const mostDeadError = 512

// oneLine makes a text fit to be an attribute's value.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), mostDeadError)], "")
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text)
}
