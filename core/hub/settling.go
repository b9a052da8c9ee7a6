package hub

import (
	"context"
	"sync"

	"github.com/araldo-relay/araldo/core/delivery"
	"github.com/araldo-relay/araldo/core/router"
)

// table is the new routes, and those of before of sources that leave, which keep their way until they are drained. Until
// nothing can fail any more sources that go on keep theirs too: a reload that is taken back has then taken nothing from
// them.
func (c *change) table(definite bool) map[string][]router.Outlet {
	table := c.after.table()
	for source, outlets := range c.before.table() {
		_, stays := table[source]
		if !stays || !definite && c.endpoints[source] == fateKept {
			table[source] = outlets
		}
	}
	return table
}

// prepare gives the sources that are to be opened their routes.
func (c *change) prepare(context.Context) error {
	c.retired = c.after.router.Swap(c.table(false))
	c.relay.Store(c.after)
	c.undo.add("table", func(ctx context.Context) error {
		c.retired = c.after.router.Swap(c.before.table())
		c.relay.Store(c.before)
		err := whileInReach(ctx, c.retired.Drain, c.after.decoders()...)
		c.giveBack(ctx)
		return err
	})
	return nil
}

// giveBack brings what the new routes took to where it belongs: outlets that were to take the place of others leave it to
// those, and what is for other new outlets is delivered, before they are discarded.
func (c *change) giveBack(ctx context.Context) {
	places := map[*delivery.Outlet]*outlet{}
	for _, e := range c.after.endpoints {
		for _, l := range e.lanes {
			if l.after != nil {
				places[l.outlet] = l.after
			}
		}
	}
	bequest, cancel := closingTime(ctx)
	defer cancel()
	var all sync.WaitGroup
	for _, o := range c.after.outletsBut(c.before) {
		all.Go(func() {
			if was := places[o.running]; was != nil {
				o.running.Bequeath(bequest, was.running)
			} else {
				c.after.drainOutlet(ctx, c.after.endpoint(o.To), o)
			}
		})
	}
	all.Wait()
}

// settle makes the new routes those of all sources and applies what needs no opening. Nothing of it can fail for good.
func (c *change) settle(ctx context.Context) {
	c.retired.Join(c.after.router.Swap(c.table(true)))
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
	switched, err := e.toSwitch(ctx)
	if err != nil {
		return err
	}
	defer switched()
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
