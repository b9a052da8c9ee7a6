package hub

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/delivery"
	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/routes"
)

// outlet is one outlet of a route, as configured and as it runs.
type outlet struct {
	routes.Outlet
	promise routes.Promise
	running *delivery.Outlet
	place   *place
	// asker is nil where the messages are no requests.
	asker *router.Asker
	// deadOf is empty, or the name of the outlet whose dead letters this one takes.
	deadOf string
	// letters is what gives it those; nil where it takes none.
	letters *deadLetters
	// routed is what the router knows of it, unless it takes dead letters.
	routed router.Outlet
	// options and lane are what running was made with, or is tuned to at the end of a reload.
	options delivery.Options
	lane    core.LaneOptions
}

// addOutlet adds a route's outlet, and that for its dead letters where it has some. What runs in before under the same
// name goes on, or gives place.
func (r *relay) addOutlet(route *route, o routes.Outlet, before *relay) {
	source, target := r.endpoint(route.Inbound), r.endpoint(o.To)
	passage := r.passage(source, target, o)
	one, was := &outlet{Outlet: o}, before.outlet(route.Inbound, o.Name)
	one.promise = routes.PromiseOf(r.crew.ends[route.Inbound], r.crew.ends[o.To], o)
	one.place = r.placeOf(route.Inbound, o, was)
	one.options = r.deliveryOptions(route.Inbound, o, one.promise, target, one.place, passage.encoder)
	dead := r.deadLetters(route.Inbound, o, before)
	if dead != nil {
		one.options.DeadLetter = dead.letters
	}
	one.lane = core.LaneOptions{Source: route.Inbound, Acked: one.promise.Mode == core.ModeAcked,
		Strict: o.Order == core.OrderStrict, NoEcho: !o.Echo, Waits: one.options.Blocks()}
	r.run(one, was, target)
	answerer := r.requesting(route.Inbound, one, was)
	one.routed = router.Outlet{
		Target: one.running, Blocks: one.running.Blocks(), Counts: one.running.Counts(), When: o.When,
		Decoder: passage.decoder, Values: passage.values, Keeps: dead != nil, Window: &one.place.Window,
		Asks: one.asker, Answers: answerer,
	}
	route.outlets = append(route.outlets, one)
	if dead != nil {
		route.outlets = append(route.outlets, dead)
	}
}

// placeOf is where taps look in, that of before if it leads to the same endpoint.
func (r *relay) placeOf(inbound string, o routes.Outlet, was *outlet) *place {
	if was != nil && was.To == o.To {
		return was.place
	}
	return &place{direction: control.DirectionOut, endpoint: o.To, route: inbound, outlet: o.Name}
}

// run gives an outlet what runs: that of before where it can be tuned to the options, else a new one, which gets its lane
// when it has what the one before leaves.
func (r *relay) run(one, was *outlet, target *endpoint) {
	l := lane{options: one.lane}
	switch {
	case was == nil:
		one.running = delivery.New(one.options)
	case was.To == one.To && was.lane == one.lane && one.options.Tunes(was.options):
		one.running = was.running
	default:
		one.running = delivery.NewAfter(was.running, one.options)
		l.after = was
	}
	if fresh := was == nil || l.after != nil; fresh && !target.enabled.Load() {
		one.running.SetEnabled(false)
	}
	l.outlet = one.running
	target.lanes = append(target.lanes, l)
	target.outlets = append(target.outlets, one.running)
}

// outlet finds an outlet by its route and name, nil where there is none or no relay.
func (r *relay) outlet(inbound, name string) *outlet {
	if r == nil {
		return nil
	}
	for _, route := range r.routes {
		for _, o := range route.outlets {
			if route.Inbound == inbound && o.Name == name {
				return o
			}
		}
	}
	return nil
}

// deliveryOptions is what an outlet's keys, and those of its endpoint, come to.
func (r *relay) deliveryOptions(inbound string, o routes.Outlet, promise routes.Promise, target *endpoint, at *place,
	encoder core.Converter,
) delivery.Options {
	return delivery.Options{
		Route: inbound, Name: o.Name, Mode: promise.Mode, Optional: !o.Required, Order: o.Order,
		Messages: o.Queue.Messages, Bytes: o.Queue.Bytes, Overflow: promise.Overflow(o),
		Retry: delivery.Retry(o.Retry), Timeout: target.in.Timeout, TTL: o.TTL, OnPoison: o.OnPoison,
		Hold:    delivery.Hold(o.Hold),
		Breaker: target.breaker, Window: &at.Window, Encoder: encoder,
	}
}
