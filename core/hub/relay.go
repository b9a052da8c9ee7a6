package hub

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/core/trace"
	"github.com/araldo-relay/araldo/routes"
)

// relay is the endpoints and outlets of one configuration wired together. A reload makes another one, which takes over
// the parts that go on; nothing is added to one that works or taken from it.
type relay struct {
	*ground
	crew *crew
	// marshallings are those that endpoints use.
	marshallings []*marshalling
	endpoints    []*endpoint
	routes       []*route
	// left is closed when another relay has taken its place.
	left chan struct{}
}

// ground is what all relays of a hub have in common.
type ground struct {
	log    *slog.Logger
	since  time.Time
	router *router.Router
	// tracer is nil where no traces are recorded.
	tracer *trace.Tracer
	// requests are those of all routes.
	requests router.Requests
	// current is the relay that works, nil before the first.
	current func() *relay
	// mask leaves secrets out, those of the configuration before the last reload too.
	mask func(string) string
	// maxMessage is the largest message in bytes.
	maxMessage int
}

// route is one inbound endpoint and its outlets.
type route struct {
	routes.Route
	outlets []*outlet
}

// wire puts together what a crew's configuration says, with the parts of before that go on by fates. Nothing is opened,
// and nothing that works is touched.
func (g *ground) wire(c *crew, before *relay, f fates) *relay {
	r := &relay{ground: g, crew: c, left: make(chan struct{})}
	for i := range c.cfg.Marshallings {
		if in := &c.cfg.Marshallings[i]; c.uses(in) {
			r.addMarshalling(in, before, f.marshallings[in.Name])
		}
	}
	for i := range c.cfg.Endpoints {
		in := &c.cfg.Endpoints[i]
		r.addEndpoint(in, before.endpoint(in.Name), f.endpoints[in.Name])
	}
	for _, configured := range c.cfg.Routes {
		route := &route{Route: configured}
		for _, o := range configured.Outlets {
			r.addOutlet(route, o, before)
		}
		r.routes = append(r.routes, route)
	}
	return r
}

// table is the routes as the router knows them.
func (r *relay) table() map[string][]router.Outlet {
	table := map[string][]router.Outlet{}
	for _, route := range r.routes {
		for _, o := range route.outlets {
			if o.deadOf == "" {
				table[route.Inbound] = append(table[route.Inbound], o.routed)
			}
		}
	}
	return table
}

// endpoint finds an endpoint by its name, nil where there is none or no relay.
func (r *relay) endpoint(name string) *endpoint {
	if r == nil {
		return nil
	}
	for _, e := range r.endpoints {
		if e.in.Name == name {
			return e
		}
	}
	return nil
}

// begin puts the first relay to work.
func (r *relay) begin(ctx context.Context) error {
	r.router.Swap(r.table())
	for _, e := range r.endpoints {
		e.inlet.unrouted.Store(!e.inbound)
		for _, l := range e.lanes {
			e.AddLane(l.options, l.outlet)
		}
	}
	return r.open(ctx)
}

// open opens all marshallings and endpoints: of these first those that only take messages, last those that only bring some, so that every message
// that comes in finds its targets open, and none comes in where a target can't be opened. On an error what was opened
// stays for close.
func (r *relay) open(ctx context.Context) error {
	if err := r.openMarshallings(ctx); err != nil {
		return err
	}
	for _, wanted := range []func(*endpoint) bool{
		func(e *endpoint) bool { return !e.inbound },
		func(e *endpoint) bool { return e.inbound && len(e.outlets) > 0 },
		func(e *endpoint) bool { return e.inbound && len(e.outlets) == 0 },
	} {
		if err := r.each(wanted, func(e *endpoint) error { return e.open(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// each calls do for all endpoints that are wanted, at once, and returns the first error in the file's order.
func (r *relay) each(wanted func(*endpoint) bool, do func(*endpoint) error) error {
	errs := make([]error, len(r.endpoints))
	var all sync.WaitGroup
	for i, e := range r.endpoints {
		if wanted(e) {
			all.Go(func() { errs[i] = do(e) })
		}
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
