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
	// routed is what the router knows of it, unless it takes dead letters.
	routed router.Outlet
}

// addOutlet makes a route's outlet and its lane to the target endpoint, and returns what the router is told of it.
func (r *relay) addOutlet(route *route, o routes.Outlet) router.Outlet {
	source, target := r.endpoint(route.Inbound), r.endpoint(o.To)
	passage := r.passage(source, target, o)
	at := &place{direction: control.DirectionOut, endpoint: o.To, route: route.Inbound, outlet: o.Name}
	promise := routes.PromiseOf(r.crew.ends[route.Inbound], r.crew.ends[o.To], o)
	options := r.deliveryOptions(route.Inbound, o, promise, target, at, passage.encoder)
	dead, letters := r.deadLetters(route.Inbound, o)
	options.DeadLetter = letters
	running := delivery.New(options)
	r.addLane(target, core.LaneOptions{
		Source: route.Inbound, Acked: promise.Mode == core.ModeAcked, Strict: o.Order == core.OrderStrict,
		NoEcho: !o.Echo, Waits: running.Blocks(),
	}, running)
	asker, answerer := r.requesting(route.Inbound, o)
	routed := router.Outlet{
		Target: running, Blocks: running.Blocks(), Counts: running.Counts(), When: o.When,
		Decoder: passage.decoder, Values: passage.values, Keeps: dead != nil, Window: &at.Window,
		Asks: asker, Answers: answerer,
	}
	route.outlets = append(route.outlets, &outlet{Outlet: o, promise: promise, running: running, place: at, asker: asker,
		routed: routed})
	if dead != nil {
		route.outlets = append(route.outlets, dead)
	}
	return routed
}

// addLane gives an outlet its lane to an endpoint.
func (r *relay) addLane(target *endpoint, options core.LaneOptions, running *delivery.Outlet) {
	if !target.enabled.Load() {
		running.SetEnabled(false)
	}
	target.outlets = append(target.outlets, running)
	target.AddLane(options, running)
}

// deliveryOptions is what an outlet's keys, and those of its endpoint, come to.
func (r *relay) deliveryOptions(inbound string, o routes.Outlet, promise routes.Promise, target *endpoint, at *place,
	encoder core.Converter,
) delivery.Options {
	log := r.log.With("route", inbound, "outlet", o.Name)
	return delivery.Options{
		Route: inbound, Name: o.Name, Mode: promise.Mode, Optional: !o.Required, Order: o.Order,
		Messages: o.Queue.Messages, Bytes: o.Queue.Bytes, Overflow: promise.Overflow(o),
		Retry: delivery.Retry(o.Retry), Timeout: target.in.Timeout, TTL: o.TTL, OnPoison: o.OnPoison,
		Hold:    delivery.Hold(o.Hold),
		Breaker: target.breaker, Window: &at.Window, Encoder: encoder,
		Violation: func(detail string) { log.Warn("endpoint broke the protocol", "detail", detail) },
	}
}
