package hub

import (
	"context"
	"sync"
)

// swap lets messages go by the new routes. A source that leaves keeps its way until it is drained.
func (c *change) swap(context.Context) error {
	table := c.after.table()
	for source, outlets := range c.before.table() {
		if _, stays := table[source]; !stays {
			table[source] = outlets
		}
	}
	c.retired = c.after.router.Swap(table)
	c.relay.Store(c.after)
	c.undo.add("table", func(ctx context.Context) error {
		c.after.router.Swap(c.before.table())
		c.relay.Store(c.before)
		c.deliver(ctx)
		return nil
	})
	return nil
}

// deliver brings what new outlets were given to its targets, as far as those are open, before they are discarded.
func (c *change) deliver(ctx context.Context) {
	var all sync.WaitGroup
	for _, e := range c.after.endpoints {
		for _, l := range e.lanes {
			if l.after != nil {
				e.AddLane(l.options, l.outlet)
			}
		}
	}
	for _, o := range c.after.outletsBut(c.before) {
		all.Go(func() { c.after.drainOutlet(ctx, c.after.endpoint(o.To), o) })
	}
	all.Wait()
	for _, e := range c.after.endpoints {
		for _, l := range e.lanes {
			if l.after != nil {
				e.RemoveLane(l.outlet)
			}
		}
	}
}

// settle applies what needs no opening. Nothing of it can fail for good.
func (c *change) settle(ctx context.Context) {
	for _, m := range c.after.crew.members {
		m.SetRestart(m.spec.Restart)
	}
	for _, e := range c.after.endpoints {
		e.inlet.unrouted.Store(!e.inbound)
		if err := c.enable(ctx, e); err != nil {
			c.log.Warn("endpoint was not switched", "endpoint", e.in.Name, "enabled", e.in.Enabled, "cause", err)
		}
	}
	for _, route := range c.after.routes {
		for _, o := range route.outlets {
			if o.asker != nil {
				o.asker.SetTimeout(o.ReplyTimeout)
			}
			if was := c.before.outlet(route.Inbound, o.Name); was != nil && was.running == o.running {
				o.running.Tune(o.options)
			}
		}
	}
	c.crew.Store(c.after.crew)
	c.after.crew.before = nil
	close(c.before.left)
}

// enable switches an endpoint where the file says something new. What was switched at run time stays so, in new outlets
// too.
func (c *change) enable(ctx context.Context, e *endpoint) error {
	was := c.before.endpoint(e.in.Name)
	e.switching.Lock()
	defer e.switching.Unlock()
	wanted := e.enabled.Load()
	if was != nil && was.in.Enabled != e.in.Enabled {
		wanted = e.in.Enabled
	}
	opened := c.endpoints[e.in.Name] != fateKept
	if wanted != e.enabled.Load() || opened && wanted != e.instance.Enabled {
		return c.after.setEnabled(ctx, e, wanted)
	}
	for _, l := range e.lanes {
		if was == nil || !was.leads(l) {
			l.outlet.SetEnabled(wanted)
		}
	}
	return nil
}
