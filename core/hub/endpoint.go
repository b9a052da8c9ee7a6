package hub

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/delivery"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/core/router"
	"github.com/araldo-relay/araldo/core/trace"
)

// endpoint is one configured endpoint and the outlets that lead to it.
type endpoint struct {
	station
	*standing
	in *config.Instance
	// instance is what its plugin is told of it.
	instance host.Instance
	member   *member // nil where the hub itself is the station
	lanes    []lane
	outlets  []*delivery.Outlet // those of lanes
	// decoder is its marshalling's for what it brings in; nil where it has none.
	decoder core.Converter
	// hears are the places outside that it hears from.
	hears []string
	// inbound: a route begins here.
	inbound bool
	// opened: open was called and its plugin has the endpoint, or will have it when it is back.
	opened bool
}

// standing is what an endpoint keeps through reloads, as long as its name is configured.
type standing struct {
	inlet   *place
	breaker *delivery.Breaker
	// unanswered counts the measurements that it gave no figures for.
	unanswered atomic.Uint64
	// switching holds a token while the endpoint is enabled or disabled, so that waiting for it honours a context.
	switching chan struct{}
	enabled   atomic.Bool
}

// lane is an outlet's way to an endpoint.
type lane struct {
	options core.LaneOptions
	outlet  *delivery.Outlet
	// after is the outlet whose place this one takes; the lane is added when that one has left what it has. Else it is nil.
	after *outlet
}

// addEndpoint adds an endpoint; was is the one of that name before, nil where there was none.
func (r *relay) addEndpoint(in *config.Instance, was *endpoint, f fate) {
	e := &endpoint{in: in, member: r.crew.on[in.Name], instance: r.crew.instance(in), hears: r.crew.assessments[in.Name].HearsFrom}
	e.inbound = e.instance.Inbound
	if was != nil {
		e.standing = was.standing
		e.instance.Enabled = e.enabled.Load()
		if in.Enabled != was.in.Enabled {
			e.instance.Enabled = in.Enabled
		}
	} else {
		e.standing = &standing{inlet: &place{direction: control.DirectionIn, endpoint: in.Name}, breaker: delivery.NewBreaker(),
			switching: make(chan struct{}, 1)}
		e.enabled.Store(in.Enabled)
	}
	if f == fateKept {
		e.station, e.opened, e.instance = was.station, was.opened, was.instance
	} else {
		r.occupy(e, was)
	}
	r.decode(e, was)
	r.endpoints = append(r.endpoints, e)
}

// occupy gives an endpoint a station, which is not open; it goes on with the numbers of was, where there is one,
// and knows what that one brought, unless it is another origin that it hears.
func (r *relay) occupy(e, was *endpoint) {
	inlet := inlet{r.router, &e.inlet.Window, r.traces(&e.instance)}
	if isOwn(e.in.ID) {
		next := newReporter(r, e.instance, inlet)
		if was != nil && was.member == nil {
			next.Continue(was.station.(*reporter))
		}
		e.station = next
		return
	}
	next := e.member.Add(e.instance, inlet)
	if was != nil && was.member != nil {
		last := was.station.(*host.Endpoint)
		next.Continue(last)
		if e.in.ID == was.in.ID && slices.Equal(e.hears, was.hears) {
			next.Recall(last)
		}
	}
	e.station = next
}

// disown has what the endpoint brought handed on when it comes again to the one that takes its place.
func (e *endpoint) disown() {
	if station, is := e.station.(*host.Endpoint); is {
		station.Disown()
	}
}

// decode gives an endpoint the decoder of its marshalling: the one that it had, if that goes on.
func (r *relay) decode(e, was *endpoint) {
	m := r.marshallingOf(e)
	switch {
	case m == nil:
	case was != nil && was.station == e.station && was.decoder != nil && was.in.Marshalling == e.in.Marshalling && m.kept:
		e.decoder = was.decoder
	default:
		e.decoder = m.Decoder(e.instance.Trust)
	}
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

func (e *endpoint) open(ctx context.Context) error {
	err := e.Open(ctx)
	e.opened = err == nil
	return err
}

// toSwitch waits until nobody else enables or disables the endpoint. done ends that; the error is ctx's.
func (s *standing) toSwitch(ctx context.Context) (done func(), err error) {
	select {
	case s.switching <- struct{}{}:
		return func() { <-s.switching }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// setEnabled switches an endpoint at run time. It blocks until the endpoint has answered, also where ctx ends: what its plugin
// has begun can't be called off, and must be known. The caller holds e.switching.
func (r *relay) setEnabled(ctx context.Context, e *endpoint, enabled bool) error {
	if err := e.SetEnabled(context.WithoutCancel(ctx), enabled); err != nil {
		return maskError(err, r.mask)
	}
	e.enabled.Store(enabled)
	for _, o := range e.outlets {
		o.SetEnabled(enabled)
	}
	return nil
}
