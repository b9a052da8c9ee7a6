package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	// retired is what was being decoded for routes that are gone, takenBack for new ones that are taken back.
	retired, takenBack router.Retired

	mu sync.Mutex
	// restored are the endpoints of before that were closed and are open again, after the change failed.
	restored []*endpoint
	// remarks are what whoever wanted the change should know of how it went.
	remarks []string
}

// carryOut does it: what is new is opened, targets first, the table is swapped in one step, and what is gone is drained.
// Whoever goes on notices nothing. On an error, and when ctx ends before all is open, everything is as it was; an
// *interruption says what noticed it.
func (c *change) carryOut(ctx context.Context) error {
	c.undo = steps{log: c.log}
	c.undo.add("new parts", c.closeNew)
	for _, step := range []func(context.Context) error{
		c.openMarshallings, c.widen, c.openFirst, c.yield, c.openTargets, c.prepare, c.openSources,
	} {
		err := step(ctx)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return c.takeBack(err)
		}
	}
	bound, cancel := c.untilDrained()
	defer cancel()
	c.settle(bound)
	c.leave(bound)
	return nil
}

// takeBack undoes what was done. It returns cause, with the endpoints that had been closed.
func (c *change) takeBack(cause error) error {
	bound, cancel := c.untilDrained()
	defer cancel()
	c.undo.all(bound)
	if len(c.restored) == 0 {
		return cause
	}
	c.relay.Store(c.before.with(c.restored))
	stopped := &interruption{cause: cause}
	for _, e := range c.restored {
		stopped.endpoints = append(stopped.endpoints, e.in.Name)
	}
	slices.Sort(stopped.endpoints)
	return stopped
}

// interruption is why a change was taken back that had closed endpoints, which are open again.
type interruption struct {
	cause     error
	endpoints []string
}

func (i *interruption) Error() string {
	return fmt.Sprintf("%v; closed for it, and opened again as before: %s", i.cause, strings.Join(i.endpoints, ", "))
}

func (i *interruption) Unwrap() error { return i.cause }

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

// closeNew ends the parts that are the new relay's alone.
func (c *change) closeNew(ctx context.Context) error {
	close(c.after.left)
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
	c.takenBack.Close()
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

// kept calls do for all endpoints that go on, with what they were, at once.
func (c *change) kept(do func(e, was *endpoint) error) error {
	return c.after.each(func(e *endpoint) bool { return c.endpoints[e.in.Name] == fateKept },
		func(e *endpoint) error { return do(e, c.before.endpoint(e.in.Name)) })
}

// remark adds one to the change's result; several may be added at once.
func (c *change) remark(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remarks = append(c.remarks, fmt.Sprintf(format, args...))
}

// step adds what undoes a step; several may be added at once.
func (c *change) step(name string, undo func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undo.add(name, undo)
}
