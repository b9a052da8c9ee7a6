package hub

import (
	"context"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
)

// leave drains what is gone, until ctx ends, and closes it: sources stop reading, what they brought is decoded and
// delivered, then targets finish. Outlets whose places others take leave what they have to those.
func (c *change) leave(ctx context.Context) {
	leaves := func(e *endpoint) bool { return c.after.endpoint(e.in.Name) == nil && !c.yields[e.in.Name] }
	c.before.drain(ctx, core.DirectionInbound, func(e *endpoint) bool { return leaves(e) && e.opened && e.inbound })
	// Lanes that are left close when they have run empty; until then the outbound is of use.
	c.narrow(ctx, func(e, was *endpoint) bool { return len(e.lanes)+len(was.lanes) > 0 })
	c.retired.Join(c.after.router.Swap(c.after.table()))
	if err := whileInReach(ctx, c.retired.Drain, c.before.decoders()...); err != nil {
		c.log.Warn("not all that came in by the old routes was decoded", "cause", err)
	}
	c.retire(ctx)
	c.narrow(ctx, func(e, _ *endpoint) bool { return len(e.lanes) > 0 })
	c.before.drain(ctx, core.DirectionOutbound, func(e *endpoint) bool { return leaves(e) && e.opened && len(e.lanes) > 0 })
	closing, cancel := closingTime(ctx)
	defer cancel()
	_ = c.before.each(leaves, func(e *endpoint) error {
		if err := e.Close(closing, host.CloseRemoved); err != nil {
			c.log.Warn("endpoint did not close in good order", "endpoint", e.in.Name, "cause", err)
		}
		return nil
	})
	// What is still being decoded or encoded by them has nobody who waits for it.
	for _, m := range c.before.marshallings {
		if now := c.after.marshalling(m.in.Name); now != nil && now.Marshalling == m.Marshalling {
			continue
		}
		if err := m.Close(closing, host.CloseRemoved); err != nil {
			c.log.Warn("marshalling did not close in good order", "marshalling", m.in.Name, "cause", err)
		}
	}
	c.retired.Close()
	c.before.crew.stopThose(closing, func(m *member) bool { return !c.after.crew.has(m.Plugin) })
}

// narrow ends the directions of endpoints that go on and that no route uses any more. Their plugins are told even where the
// drain took all the time.
func (c *change) narrow(ctx context.Context, outbound func(e, was *endpoint) bool) {
	telling, cancel := closingTime(ctx)
	defer cancel()
	_ = c.kept(func(e, was *endpoint) error {
		if err := e.SetDirections(telling, e.inbound, outbound(e, was)); err != nil {
			c.log.Warn("plugin was not told which routes still use its endpoint", "endpoint", e.in.Name, "cause", err)
			c.remark("a plugin was not told which routes still use its endpoint, and may bring what none takes: %v", err)
		}
		return nil
	})
}

// retire ends the outlets that are gone, and those that others take the place of, which then get their lanes.
func (c *change) retire(ctx context.Context) {
	successors := map[*outlet]succession{}
	for _, e := range c.after.endpoints {
		for _, l := range e.lanes {
			if l.after != nil {
				successors[l.after] = succession{e, l}
			}
		}
	}
	gone := c.before.outletsBut(c.after)
	// Those that take dead letters end last: the others may still have some for them.
	for _, dead := range []bool{false, true} {
		var all sync.WaitGroup
		for _, o := range gone {
			if (o.deadOf != "") != dead {
				continue
			}
			all.Go(func() {
				if s, succeeded := successors[o]; succeeded {
					c.succeed(ctx, o, s)
				} else {
					c.end(ctx, o)
				}
				c.forget(o)
			})
		}
		all.Wait()
	}
}

// succession is the endpoint and the lane of an outlet that takes another's place.
type succession struct {
	endpoint *endpoint
	lane     lane
}

// succeed has an outlet of before finish what is on its way to its endpoint, and leave the rest to its successor: that
// begins at once, however long the endpoint is away.
func (c *change) succeed(ctx context.Context, o *outlet, next succession) {
	target := c.lastTarget(o)
	if err := whileInReach(ctx, o.running.Rest, target.reach); err != nil {
		c.log.Warn("messages are still on their way to the endpoint", "route", o.lane.Source, "outlet", o.Name, "cause", err)
	}
	target.RemoveLane(o.running)
	bound, cancel := closingTime(ctx)
	defer cancel()
	o.running.Bequeath(bound, next.lane.outlet)
	next.endpoint.AddLane(next.lane.options, next.lane.outlet)
}

// end drains an outlet of before and closes it. What is left is dropped as removed, and settled: the log and the reload's
// result are the last that tell of it.
func (c *change) end(ctx context.Context, o *outlet) {
	target := c.lastTarget(o)
	if c.after.endpoint(o.To) != nil || !c.yields[o.To] {
		c.before.drainOutlet(ctx, target, o)
	}
	target.RemoveLane(o.running)
	if o.deadOf != "" && c.exhume(o) {
		return
	}
	o.running.Close(core.ReasonRemoved)
	o.report(c.log)
	if n := o.running.Snapshot().Dropped[core.ReasonRemoved]; n > 0 {
		c.remark("outlet %s -> %s was removed with %d messages, which are dropped", o.lane.Source, o.Name, n)
	}
}

// lastTarget is where an outlet of before has its lane by now.
func (c *change) lastTarget(o *outlet) *endpoint {
	if now := c.after.endpoint(o.To); now != nil {
		return now
	}
	return c.before.endpoint(o.To)
}

// forget ends the requests of an outlet of before, unless they go on.
func (c *change) forget(o *outlet) {
	if now := c.after.outlet(o.lane.Source, o.Name); o.asker != nil && (now == nil || now.asker != o.asker) {
		o.asker.Close()
	}
}
