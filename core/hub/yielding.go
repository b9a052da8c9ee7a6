package hub

import (
	"context"

	"github.com/araldo-relay/araldo/core/host"
)

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
		if failed := c.after.endpoint(was.in.Name); failed != nil {
			failed.disown() // its routes are taken back, with what they took
		}
		for _, l := range again.lanes {
			again.AddLane(l.options, l.outlet)
		}
		c.mu.Lock()
		c.restored = append(c.restored, &again)
		c.mu.Unlock()
		// It must come back where draining others took all the time: its plugin answers within 10 s or is out of order.
		return again.open(context.WithoutCancel(ctx))
	}
}
