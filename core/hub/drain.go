package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
)

// close drains the relay until ctx ends and closes it: inbounds stop reading but keep connections and receipts, what is
// being decoded and the queues run empty, outbounds finish, then all is closed. What is left when ctx ends is dropped and
// counted.
func (r *relay) close(ctx context.Context) error {
	r.drain(ctx, core.DirectionInbound, func(e *endpoint) bool { return e.opened && e.inbound })
	r.drainDecoders(ctx)
	r.drainOutlets(ctx)
	r.drain(ctx, core.DirectionOutbound, func(e *endpoint) bool { return e.opened && len(e.outlets) > 0 })
	closing, cancel := closingTime(ctx)
	defer cancel()
	all := func(*endpoint) bool { return true }
	err := r.each(all, func(e *endpoint) error { return e.Close(closing, host.CloseShutdown) })
	err = errors.Join(err, r.closeMarshallings(closing))
	for _, e := range r.endpoints {
		for _, o := range e.outlets {
			o.Close(core.ReasonShutdown)
		}
	}
	r.router.Close()
	r.report()
	return err
}

// leastClosing is what closing gets in any case: it is quick, and must be tried where the drain took all the time. The
// crew kills those that hang.
const leastClosing = time.Second

// closingTime is what is left of ctx, or leastClosing.
func closingTime(ctx context.Context) (context.Context, context.CancelFunc) {
	until := time.Now().Add(leastClosing)
	if end, bounded := ctx.Deadline(); bounded && ctx.Err() == nil && end.After(until) {
		until = end
	}
	return context.WithDeadline(context.WithoutCancel(ctx), until)
}

// drain ends a direction of all endpoints that are wanted.
func (r *relay) drain(ctx context.Context, direction core.Direction, wanted func(*endpoint) bool) {
	_ = r.each(wanted, func(e *endpoint) error {
		err := whileInReach(ctx, func(ctx context.Context) error { return e.Drain(ctx, direction) }, e.reach)
		if err != nil {
			r.log.Warn("endpoint did not drain", "endpoint", e.in.Name, "cause", err)
		}
		return nil
	})
}

// drainDecoders waits until nothing is being decoded, ctx ends, or a marshalling is out of reach.
func (r *relay) drainDecoders(ctx context.Context) {
	if err := whileInReach(ctx, r.router.Drain, r.decoders()...); err != nil {
		r.log.Warn("not all that came in was decoded", "cause", err)
	}
}

// decoders tell whether what is being decoded may still come to an end.
func (r *relay) decoders() []reach {
	var needed []reach
	for _, m := range r.marshallings {
		needed = append(needed, m.reach)
	}
	return needed
}

func (r *relay) drainOutlets(ctx context.Context) {
	var all sync.WaitGroup
	for _, route := range r.routes {
		for _, o := range route.outlets {
			all.Go(func() { r.drainOutlet(ctx, r.endpoint(o.To), o) })
		}
	}
	all.Wait()
}

// drainOutlet waits until an outlet to that endpoint has run empty or ctx ends. For live messages to an endpoint that is
// out of reach nobody waits: their source has forgotten them, and the same loss later is no gain.
func (r *relay) drainOutlet(ctx context.Context, target *endpoint, o *outlet) {
	var needed []reach
	if !o.running.Counts() {
		needed = append(needed, target.reach)
		if m := r.marshallingOf(target); m != nil {
			needed = append(needed, m.reach)
		}
	}
	err := whileInReach(ctx, o.running.Drain, needed...)
	if left := o.running.Snapshot(); err != nil && left.Queued+left.InFlight > 0 {
		r.log.Warn("outlet did not drain", "route", o.lane.Source, "outlet", o.Name, "queued", left.Queued,
			"in-flight", left.InFlight, "cause", err)
	}
}

// whileInReach calls do with a context that ends with ctx or when one of what it needs is out of reach. Where do fails
// because of that, the error says which.
func whileInReach(ctx context.Context, do func(context.Context) error, needed ...reach) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	for _, r := range needed {
		watching.Go(func() { awaitOutOfReach(ctx, cancel, r) })
	}
	err := do(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	cancel(nil)
	watching.Wait()
	return err
}

const (
	// outOfReach is how long an endpoint that is out of reach may take to come back: a plugin that was killed does in it.
	outOfReach = time.Second
	// lookEvery is how often its state is looked at.
	lookEvery = 50 * time.Millisecond
)

// reach is nil while an instance is in reach, else it says what it is instead; for good, if it never was opened.
type reach func() (why error, forGood bool)

func (e *endpoint) reach() (why error, forGood bool) {
	now := e.Status()
	switch {
	case !e.opened:
		return errors.New("the endpoint was never opened"), true
	case reachable(now.State):
		return nil, false
	}
	return fmt.Errorf("the endpoint is %v: %s", now.State, now.Cause), false
}

// awaitOutOfReach returns when ctx ends, or calls lost and returns when an instance was out of reach for some time.
func awaitOutOfReach(ctx context.Context, lost context.CancelCauseFunc, look reach) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for since := time.Now(); ; {
		why, forGood := look()
		switch {
		case why == nil:
			since = time.Now()
		case forGood || time.Since(since) >= outOfReach:
			lost(why)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// reachable reports whether an endpoint in that state may still take messages.
func reachable(s core.State) bool {
	return s == core.StateReady || s == core.StateDraining || s == core.StateDisabled
}

// report logs the last state of every account that lost something.
func (r *relay) report() {
	for _, route := range r.routes {
		for _, o := range route.outlets {
			o.report(r.log)
		}
	}
}

// report logs what a closed outlet lost, by reason.
func (o *outlet) report(log *slog.Logger) {
	s := o.running.Snapshot()
	for reason, n := range s.Dropped {
		if n > 0 {
			log.Warn("messages were dropped", "route", o.lane.Source, "outlet", o.Name, "reason", core.Reason(reason).String(),
				"count", n)
		}
	}
}
