package hub

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/delivery"
)

// relieve drains those endpoints until ctx ends: their inbounds stop reading and what they brought is delivered, then
// outlets to them send nothing more and they finish what they have.
func (r *relay) relieve(ctx context.Context, served func(*endpoint) bool) {
	r.drain(ctx, core.DirectionInbound, func(e *endpoint) bool { return served(e) && e.inbound })
	var all sync.WaitGroup
	for _, route := range r.routes {
		if !served(r.endpoint(route.Inbound)) {
			continue
		}
		for _, o := range route.outlets {
			all.Go(func() { r.drainOutlet(ctx, r.endpoint(o.To), o) })
		}
	}
	all.Wait()
	_ = r.each(served, func(e *endpoint) error { e.rest(ctx, r.log, e.outlets); return nil })
	r.drain(ctx, core.DirectionOutbound, func(e *endpoint) bool { return served(e) && len(e.outlets) > 0 })
}

// rest waits until nothing of those outlets is on its way to an endpoint, until ctx ends or it is out of reach.
func (e *endpoint) rest(ctx context.Context, log *slog.Logger, outlets []*delivery.Outlet) {
	errs := make([]error, len(outlets))
	var all sync.WaitGroup
	for i, o := range outlets {
		all.Go(func() { errs[i] = whileInReach(ctx, o.Rest, e.reach) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		log.Warn("messages are still on their way to the endpoint", "endpoint", e.in.Name, "cause", err)
	}
}
