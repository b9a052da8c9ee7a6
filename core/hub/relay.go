package hub

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/delivery"
	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/core/trace"
	"github.com/araldo-relay/araldo/routes"
)

// relay is endpoints and outlets wired together.
type relay struct {
	log    *slog.Logger
	since  time.Time
	crew   *crew
	router *router.Router
	// tracer is nil where no traces are recorded.
	tracer *trace.Tracer
	// requests are those of all routes.
	requests router.Requests
	// marshallings are those that endpoints use.
	marshallings []*marshalling
	endpoints    []*endpoint
	routes       []*route
}

// endpoint is one configured endpoint and the outlets that lead to it.
type endpoint struct {
	station
	in      *config.Instance
	inlet   *place
	member  *member // nil where the hub itself is the station
	breaker *delivery.Breaker
	outlets []*delivery.Outlet
	// decoder is its marshalling's for what it brings in; nil where it has none.
	decoder core.Converter
	// inbound: a route begins here.
	inbound bool
	// opened: open was called and its plugin has the endpoint, or will have it when it is back.
	opened bool
	// unanswered counts the measurements that it gave no figures for.
	unanswered atomic.Uint64
	// switching is held while the endpoint is enabled or disabled.
	switching sync.Mutex
	enabled   atomic.Bool
}

// route is one inbound endpoint and its outlets.
type route struct {
	routes.Route
	outlets []*outlet
}

// newRelay wires all together; nothing is opened, so nothing moves yet.
func newRelay(cfg *config.Config, c *crew, since time.Time, tracer *trace.Tracer, log *slog.Logger) *relay {
	r := &relay{log: log, since: since, crew: c, router: router.New(log), tracer: tracer}
	for i := range cfg.Marshallings {
		if c.uses(&cfg.Marshallings[i]) {
			r.addMarshalling(&cfg.Marshallings[i])
		}
	}
	for i := range cfg.Endpoints {
		r.add(&cfg.Endpoints[i])
	}
	table := map[string][]router.Outlet{}
	for _, configured := range cfg.Routes {
		route := &route{Route: configured}
		for _, o := range configured.Outlets {
			table[configured.Inbound] = append(table[configured.Inbound], r.addOutlet(route, o))
		}
		r.routes = append(r.routes, route)
	}
	r.router.Swap(table)
	return r
}

func (r *relay) add(in *config.Instance) {
	m := r.crew.on[in.Name]
	e := &endpoint{in: in, member: m, breaker: delivery.NewBreaker()}
	e.enabled.Store(in.Enabled)
	e.inbound, _ = r.crew.directions(in.Name)
	e.inlet = &place{direction: control.DirectionIn, endpoint: in.Name, unrouted: !e.inbound}
	instance := r.crew.instance(in)
	inlet := inlet{r.router, &e.inlet.Window, r.traces(&instance)}
	if isOwn(in.ID) {
		e.station = newReporter(r, instance, inlet)
	} else {
		e.station = m.Add(instance, inlet)
	}
	if marshalling := r.marshallingOf(e); marshalling != nil {
		e.decoder = marshalling.Decoder(instance.Trust)
	}
	r.endpoints = append(r.endpoints, e)
}

// inlet gives what an endpoint receives to the router.
type inlet struct {
	router *router.Router
	window *core.Window
	// traces is nil where none are recorded.
	traces *trace.Inlet
}

// Accept implements host.Inlet.
func (i inlet) Accept(batch core.Batch) {
	if observer := i.window.Observer(); observer != nil {
		observer.Observe(batch.Messages, core.VerdictReceived, 0)
	}
	if i.traces != nil {
		batch = i.traces.Receive(batch)
	}
	i.router.Accept(batch)
}

func (r *relay) endpoint(name string) *endpoint {
	for _, e := range r.endpoints {
		if e.in.Name == name {
			return e
		}
	}
	return nil
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

func (e *endpoint) open(ctx context.Context) error {
	err := e.Open(ctx)
	e.opened = err == nil
	return err
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

// setEnabled switches an endpoint at run time. It blocks until the endpoint has answered.
func (r *relay) setEnabled(ctx context.Context, e *endpoint, enabled bool) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	if err := e.SetEnabled(ctx, enabled); err != nil {
		return maskError(err, r.crew.cfg.Secrets.Mask)
	}
	e.enabled.Store(enabled)
	for _, o := range e.outlets {
		o.SetEnabled(enabled)
	}
	return nil
}
