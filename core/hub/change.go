package hub

import (
	"context"
	"errors"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/core/router"
)

// change puts one relay in the place of another, in steps that can be undone until the last that can fail is done.
type change struct {
	*Hub
	before, after *relay
	fates
	undo steps
	// retired is what was being decoded for routes that are gone.
	retired *router.Retired

	mu sync.Mutex
	// restored are the endpoints of before that were closed and are open again, after the change failed.
	restored []*endpoint
}

// carryOut does it: what is new is opened, targets first, the table is swapped in one step, and what is gone is drained.
// Whoever goes on notices nothing. On an error, and when ctx ends before all is open, everything is as it was.
func (c *change) carryOut(ctx context.Context) error {
	c.undo = steps{log: c.log}
	c.undo.add("new parts", c.discard)
	for _, step := range []func(context.Context) error{
		c.openMarshallings, c.widen, c.yield, c.openTargets, c.swap, c.openSources,
	} {
		err := step(ctx)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			c.takeBack()
			return err
		}
	}
	bound, cancel := c.untilDrained()
	defer cancel()
	c.settle(bound)
	c.leave(bound)
	return nil
}

// takeBack undoes what was done.
func (c *change) takeBack() {
	bound, cancel := c.untilDrained()
	defer cancel()
	c.undo.all(bound)
	if len(c.restored) > 0 {
		c.relay.Store(c.before.with(c.restored))
	}
}

// with is the relay with other endpoints in the places of those of the same names.
func (r *relay) with(restored []*endpoint) *relay {
	next := *r
	next.endpoints = append([]*endpoint(nil), r.endpoints...)
	for i, e := range next.endpoints {
		for _, other := range restored {
			if other.in.Name == e.in.Name {
				next.endpoints[i] = other
			}
		}
	}
	return &next
}

// discard ends the parts that are the new relay's alone.
func (c *change) discard(ctx context.Context) error {
	var errs []error
	for _, e := range c.after.endpoints {
		if c.endpoints[e.in.Name] != fateKept {
			errs = append(errs, e.Close(ctx, host.CloseRemoved))
		}
	}
	for _, m := range c.after.marshallings {
		if !m.kept {
			errs = append(errs, m.Close(ctx, host.CloseRemoved))
		}
	}
	for _, o := range c.after.outletsBut(c.before) {
		o.running.Close(core.ReasonShutdown) // what is acked comes again, by the old routes
	}
	return errors.Join(errs...)
}

// outletsBut are the outlets that do not run in the other relay.
func (r *relay) outletsBut(other *relay) []*outlet {
	running := map[any]bool{}
	for _, route := range other.routes {
		for _, o := range route.outlets {
			running[o.running] = true
		}
	}
	var list []*outlet
	for _, route := range r.routes {
		for _, o := range route.outlets {
			if !running[o.running] {
				list = append(list, o)
			}
		}
	}
	return list
}

func (c *change) openMarshallings(ctx context.Context) error {
	return c.after.eachMarshalling(func(m *marshalling) error {
		if m.kept {
			return nil
		}
		return m.Open(ctx)
	})
}

// kept calls do for all endpoints that go on, with what they were, at once.
func (c *change) kept(do func(e, was *endpoint) error) error {
	return c.after.each(func(e *endpoint) bool { return c.endpoints[e.in.Name] == fateKept },
		func(e *endpoint) error { return do(e, c.before.endpoint(e.in.Name)) })
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

// step adds what undoes a step; several may be added at once.
func (c *change) step(name string, undo func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undo.add(name, undo)
}

// yield drains and closes the endpoints that stand in the way of others.
func (c *change) yield(ctx context.Context) error {
	yields := func(e *endpoint) bool { return c.yields[e.in.Name] }
	bound, cancel := context.WithTimeout(ctx, c.config().Global.ShutdownTimeout)
	defer cancel()
	c.before.relieve(bound, func(e *endpoint) bool { return yields(e) && e.opened })
	return c.before.each(yields, func(e *endpoint) error {
		c.step(e.in.Name, c.restore(e))
		reason := host.CloseRemoved
		if c.after.endpoint(e.in.Name) != nil {
			reason = host.CloseRestart
		}
		if err := e.Close(context.WithoutCancel(ctx), reason); err != nil {
			c.log.Warn("endpoint did not close in good order", "endpoint", e.in.Name, "cause", err)
		}
		return nil
	})
}

// restore opens an endpoint of before again that was closed.
func (c *change) restore(was *endpoint) func(context.Context) error {
	return func(ctx context.Context) error {
		again := *was
		again.instance.Enabled = was.enabled.Load()
		c.before.occupy(&again, was)
		for _, l := range again.lanes {
			again.AddLane(l.options, l.outlet)
		}
		c.mu.Lock()
		c.restored = append(c.restored, &again)
		c.mu.Unlock()
		return again.open(ctx)
	}
}

// openTargets opens the new endpoints that bring nothing in.
func (c *change) openTargets(ctx context.Context) error {
	return c.openThose(ctx, func(e *endpoint) bool { return !e.inbound })
}

// openThose opens those endpoints that do not go on from before. They are closed before what had to yield comes back.
func (c *change) openThose(ctx context.Context, wanted func(*endpoint) bool) error {
	return c.after.each(func(e *endpoint) bool { return c.endpoints[e.in.Name] != fateKept && wanted(e) },
		func(e *endpoint) error {
			c.equip(e)
			c.step(e.in.Name, func(ctx context.Context) error { return e.Close(ctx, host.CloseRemoved) })
			return e.open(ctx)
		})
}

// equip gives a new endpoint its lanes, and those of outlets that are to run empty there.
func (c *change) equip(e *endpoint) {
	for _, l := range e.lanes {
		if l.after == nil {
			e.AddLane(l.options, l.outlet)
		}
	}
	was := c.before.endpoint(e.in.Name)
	if was == nil {
		return
	}
	for _, l := range was.lanes {
		if !e.leads(l) {
			e.AddLane(l.options, l.outlet)
		}
	}
}

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

// openSources opens the new endpoints that bring something in, those last that only do that, and lets those go on that
// brought nothing so far.
func (c *change) openSources(ctx context.Context) error {
	if err := c.openThose(ctx, func(e *endpoint) bool { return e.inbound && len(e.lanes) > 0 }); err != nil {
		return err
	}
	if err := c.openThose(ctx, func(e *endpoint) bool { return e.inbound && len(e.lanes) == 0 }); err != nil {
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
