package hub

import (
	"context"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/delivery"
	"github.com/araldo-relay/araldo/core/host"
)

func (c *change) openMarshallings(ctx context.Context) error {
	return c.after.eachMarshalling(func(m *marshalling) error {
		if m.kept {
			return nil
		}
		return m.Open(ctx)
	})
}

// widen begins the outbound of endpoints that go on and were no targets so far, and gives new outlets their lanes to them.
func (c *change) widen(ctx context.Context) error {
	return c.kept(func(e, was *endpoint) error {
		if len(e.lanes) > 0 && len(was.lanes) == 0 {
			if err := e.SetDirections(ctx, was.inbound, true); err != nil {
				return err
			}
			c.step(e.in.Name+" is a target", func(ctx context.Context) error {
				return e.SetDirections(ctx, was.inbound, false)
			})
		}
		for _, l := range e.lanes {
			if l.after == nil && !was.leads(l) {
				e.AddLane(l.options, l.outlet)
				c.step("lane to "+e.in.Name, func(context.Context) error { e.RemoveLane(l.outlet); return nil })
			}
		}
		return nil
	})
}

// leads reports whether a lane's outlet has one to the endpoint.
func (e *endpoint) leads(l lane) bool {
	for _, own := range e.lanes {
		if own.outlet == l.outlet {
			return true
		}
	}
	return false
}

// isFirst reports whether an endpoint is opened before anything is closed.
func (c *change) isFirst(name string) bool { return c.first[name] }

// openFirst opens the new endpoints that nothing must yield to, targets first, and routes what they bring: where one of
// them can't be opened, nobody has been closed for it.
func (c *change) openFirst(ctx context.Context) error {
	first := func(e *endpoint) bool { return c.isFirst(e.in.Name) }
	if err := c.openThose(ctx, func(e *endpoint) bool { return first(e) && !e.inbound }); err != nil {
		return err
	}
	c.retired.Join(c.after.router.Swap(c.table(c.isFirst)))
	c.undo.add("routes of new endpoints", func(ctx context.Context) error {
		return c.reroute(ctx, func(string) bool { return false }, c.isFirst)
	})
	return c.openInbound(ctx, first)
}

// openTargets opens the endpoints that bring nothing in, and were not opened first.
func (c *change) openTargets(ctx context.Context) error {
	return c.openThose(ctx, func(e *endpoint) bool { return !c.isFirst(e.in.Name) && !e.inbound })
}

// openInbound opens those that bring something in, last those that only do that.
func (c *change) openInbound(ctx context.Context, wanted func(*endpoint) bool) error {
	if err := c.openThose(ctx, func(e *endpoint) bool { return wanted(e) && e.inbound && len(e.lanes) > 0 }); err != nil {
		return err
	}
	return c.openThose(ctx, func(e *endpoint) bool { return wanted(e) && e.inbound && len(e.lanes) == 0 })
}

// openThose opens those endpoints that do not go on from before. They are closed before what had to yield comes back.
func (c *change) openThose(ctx context.Context, wanted func(*endpoint) bool) error {
	return c.after.each(func(e *endpoint) bool { return c.opened(e.in.Name) && wanted(e) },
		func(e *endpoint) error {
			lanes := c.firstLanes(e)
			for _, l := range lanes {
				e.AddLane(l.options, l.outlet)
			}
			c.step(e.in.Name, func(ctx context.Context) error { return c.unopen(ctx, e, lanes) })
			return e.open(ctx)
		})
}

// firstLanes are those that a new endpoint begins with: its own, and those of outlets that are to run empty there.
func (c *change) firstLanes(e *endpoint) []lane {
	var lanes []lane
	for _, l := range e.lanes {
		if l.after == nil {
			lanes = append(lanes, l)
		}
	}
	if was := c.before.endpoint(e.in.Name); was != nil {
		for _, l := range was.lanes {
			if !e.leads(l) {
				lanes = append(lanes, l)
			}
		}
	}
	return lanes
}

// unopen closes a new endpoint. What it brought is with the router then, and what it was given is settled: its outlets may
// go on at the one that comes back.
func (c *change) unopen(ctx context.Context, e *endpoint, lanes []lane) error {
	this := func(other *endpoint) bool { return other == e && e.opened }
	c.after.drain(ctx, core.DirectionInbound, func(e *endpoint) bool { return this(e) && e.inbound })
	if e.opened && len(lanes) > 0 {
		outlets := make([]*delivery.Outlet, len(lanes))
		for i, l := range lanes {
			outlets[i] = l.outlet
		}
		e.rest(ctx, c.log, outlets)
		c.after.drain(ctx, core.DirectionOutbound, this)
	}
	closing, cancel := closingTime(ctx)
	defer cancel()
	e.opened = false
	return e.Close(closing, host.CloseRemoved)
}

// openSources opens the endpoints that bring something in and were not opened first, and lets those go on that brought
// nothing so far.
func (c *change) openSources(ctx context.Context) error {
	if err := c.openInbound(ctx, func(e *endpoint) bool { return !c.isFirst(e.in.Name) }); err != nil {
		return err
	}
	return c.kept(func(e, was *endpoint) error {
		if !e.inbound || was.inbound {
			return nil
		}
		outbound := len(e.lanes)+len(was.lanes) > 0
		if err := e.SetDirections(ctx, true, outbound); err != nil {
			return err
		}
		c.step(e.in.Name+" is a source", func(ctx context.Context) error { return e.SetDirections(ctx, false, outbound) })
		return nil
	})
}
