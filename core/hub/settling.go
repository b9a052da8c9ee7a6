package hub

import (
	"context"
	"sync"

	"github.com/araldo-relay/araldo/core/delivery"
	"github.com/araldo-relay/araldo/core/router"
)

// table is the routes of before, and for the sources that are meant those of after. Sources that leave keep their way until
// they are drained, and until nothing can fail any more those that go on keep theirs: a reload that is taken back has then
// taken nothing from them.
func (c *change) table(meant func(source string) bool) map[string][]router.Outlet {
	table := c.before.table()
	for source, outlets := range c.after.table() {
		if meant(source) {
			table[source] = outlets
		}
	}
	return table
}

// opened reports whether a source is opened by the change; of those that go on it is not.
func (c *change) opened(source string) bool { return c.endpoints[source] != fateKept }

// prepare gives the sources that are to be opened their routes.
func (c *change) prepare(context.Context) error {
	c.retired.Join(c.after.router.Swap(c.table(c.opened)))
	c.relay.Store(c.after)
	c.undo.add("routes", func(ctx context.Context) error {
		c.relay.Store(c.before)
		return c.reroute(ctx, c.isFirst, func(source string) bool { return !c.isFirst(source) })
	})
	return nil
}

// reroute takes the new routes back from all sources but some. What those that go brought by them is given back.
func (c *change) reroute(ctx context.Context, stay, gone func(source string) bool) error {
	back := c.after.router.Swap(c.table(stay))
	err := whileInReach(ctx, back.Drain, c.after.decoders()...)
	c.takenBack.Join(back)
	c.giveBack(ctx, gone)
	return err
}

// giveBack brings what the new routes of those sources took to where it belongs: outlets that were to take the place of
// others leave it to those, and what is for other new outlets is delivered while their endpoints are open, before they are
// discarded.
func (c *change) giveBack(ctx context.Context, meant func(source string) bool) {
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
		target := c.after.endpoint(o.To)
		switch was := places[o.running]; {
		case !meant(o.lane.Source):
		case was != nil:
			all.Go(func() { o.running.Bequeath(bequest, was.running) })
		case target.opened:
			all.Go(func() { c.after.drainOutlet(ctx, target, o) })
		}
	}
	all.Wait()
}

// settle makes the new routes those of all sources and applies what needs no opening. Nothing of it can fail for good.
func (c *change) settle(ctx context.Context) {
	c.retired.Join(c.after.router.Swap(c.table(func(string) bool { return true })))
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
