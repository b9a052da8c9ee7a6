package hub

import (
	"context"
	"errors"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
)

// close drains the relay until ctx ends and closes it: inbounds stop reading but keep connections and receipts, queues
// run empty, outbounds finish, then all is closed. What is left when ctx ends is dropped and counted.
func (r *relay) close(ctx context.Context) error {
	r.drain(ctx, core.DirectionInbound, func(e *endpoint) bool { return e.inbound })
	r.drainOutlets(ctx)
	r.drain(ctx, core.DirectionOutbound, func(e *endpoint) bool { return len(e.outlets) > 0 })
	if ctx.Err() != nil {
		r.log.Warn("not everything was drained in time")
	}
	// Closing is quick and must happen even where the drain took all the time: plugins that hang are killed by the crew.
	all := func(*endpoint) bool { return true }
	err := r.each(all, func(e *endpoint) error { return e.Close(context.WithoutCancel(ctx), host.CloseShutdown) })
	for _, e := range r.endpoints {
		for _, o := range e.outlets {
			o.Close(core.ReasonShutdown)
		}
	}
	r.report()
	return err
}

func (r *relay) drain(ctx context.Context, direction core.Direction, wanted func(*endpoint) bool) {
	err := r.each(wanted, func(e *endpoint) error { return e.Drain(ctx, direction) })
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		r.log.Warn("endpoint did not drain", "error", err)
	}
}

func (r *relay) drainOutlets(ctx context.Context) {
	var all sync.WaitGroup
	for _, e := range r.endpoints {
		for _, o := range e.outlets {
			all.Go(func() { _ = o.Drain(ctx) }) // what is left shows in its account
		}
	}
	all.Wait()
}

// report logs the last state of every account that lost something.
func (r *relay) report() {
	for _, route := range r.routes {
		for _, o := range route.outlets {
			s := o.running.Snapshot()
			for reason, n := range s.Dropped {
				if n > 0 {
					r.log.Warn("messages were dropped", "route", route.Inbound, "outlet", o.Name,
						"reason", core.Reason(reason).String(), "count", n)
				}
			}
		}
	}
}
