package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/delivery"
	"github.com/araldo-relay/araldo/core/host"
)

// RestartPlugin implements control.Hub: it puts a new process in the place of a plugin's. The new one is tried beside the
// old one first; if it does not start or does not take the configuration as it stands, the error says why and nothing has
// changed. Else the old one is drained and its endpoints are closed and opened again: what is acked or queued is not lost,
// listening endpoints tell their clients that they are back soon. It blocks for shutdown-timeout and some seconds at most.
func (h *Hub) RestartPlugin(ctx context.Context, name string) error {
	err := h.changes.do(ctx, func(ctx context.Context) error {
		r := h.relay.Load()
		if r == nil {
			return control.UnknownPlugin(name, nil)
		}
		m, err := r.crew.member(name)
		if err != nil {
			return err
		}
		bound, cancel := context.WithTimeout(ctx, h.config().Global.ShutdownTimeout)
		defer cancel()
		return r.restart(ctx, bound, m)
	})
	return maskError(err, h.mask)
}

// member finds a plugin by its name.
func (c *crew) member(name string) (*member, error) {
	var names []string
	for _, m := range c.members {
		if m.name == name {
			return m, nil
		}
		names = append(names, m.name)
	}
	return nil, control.UnknownPlugin(name, names)
}

// outdated are the members whose program's file is another than the one that their process was started from: a reload
// restarts them.
func (c *crew) outdated() []*member {
	var list []*member
	for _, m := range c.members {
		if m.Outdated() {
			list = append(list, m)
		}
	}
	return list
}

// restart replaces a member's process. ctx bounds the trial, drained the drain: at its end the process is replaced all the
// same, and what is still on its way has the fate that it has when a stream ends.
func (r *relay) restart(ctx, drained context.Context, m *member) error {
	next, err := r.crew.try(ctx, m)
	if err != nil {
		return err
	}
	return r.succeed(ctx, drained, m, next)
}

// succeed lets the successor of a member's process take over.
func (r *relay) succeed(ctx, drained context.Context, m *member, next *host.Successor) error {
	if m.Status().State == core.StateReady {
		r.relieve(drained, func(e *endpoint) bool { return e.member == m && e.opened })
	}
	return m.Replace(ctx, next)
}

// try starts the successor of a member's process. The error says why it can't take over; nothing is left of it then.
func (c *crew) try(ctx context.Context, m *member) (*host.Successor, error) {
	next, err := m.Successor(ctx)
	if err != nil {
		return nil, err
	}
	for _, in := range m.instances {
		if err := c.accept(ctx, next, in); err != nil {
			next.Discard(context.WithoutCancel(ctx))
			return nil, fmt.Errorf("plugin %s: %w", m.name, err)
		}
	}
	return next, nil
}

// accept asks a successor about an instance that runs. What routes were made for must be as it was.
func (c *crew) accept(ctx context.Context, next *host.Successor, in *config.Instance) error {
	for _, t := range next.Info().Types {
		if t.ID != in.ID {
			continue
		}
		own, problems := in.JSON(t.Schema)
		if problems.Failed() {
			return problems
		}
		if string(own) != string(c.configs[in.Name]) {
			return fmt.Errorf("it reads the keys of %s in another way: restart the hub to take it", in.Name)
		}
	}
	assessment, err := next.Validate(ctx, c.instance(in))
	if err != nil {
		return err
	}
	var problems core.Problems
	for _, d := range assessment.Diagnostics {
		problems = append(problems, in.Problem(d))
	}
	before := c.assessments[in.Name]
	switch {
	case problems.Failed():
		return problems
	case before.Capabilities.Difference(assessment.Capabilities) != "":
		return fmt.Errorf("it changed what %s can do (%s): restart the hub to take it", in.Name,
			before.Capabilities.Difference(assessment.Capabilities))
	case !reflect.DeepEqual(assessment.Claims, before.Claims):
		return fmt.Errorf("it changed what %s takes for itself: restart the hub to take it", in.Name)
	}
	return nil
}

// relieve drains those endpoints until ctx ends: their inbounds stop reading and what they brought is delivered, then
// outlets to them send nothing more and they finish what they have.
func (r *relay) relieve(ctx context.Context, served func(*endpoint) bool) {
	r.drain(ctx, core.DirectionInbound, func(e *endpoint) bool { return served(e) && e.inbound })
	var all sync.WaitGroup
	for _, route := range r.routes {
		if !served(r.endpoint(route.Inbound)) {
			continue
		}
		for _, o := range route.outlets {
			all.Go(func() { r.drainOutlet(ctx, r.endpoint(o.To), o) })
		}
	}
	all.Wait()
	_ = r.each(served, func(e *endpoint) error { e.rest(ctx, r.log, e.outlets); return nil })
	r.drain(ctx, core.DirectionOutbound, func(e *endpoint) bool { return served(e) && len(e.outlets) > 0 })
}

// rest waits until nothing of those outlets is on its way to an endpoint, until ctx ends or it is out of reach.
func (e *endpoint) rest(ctx context.Context, log *slog.Logger, outlets []*delivery.Outlet) {
	errs := make([]error, len(outlets))
	var all sync.WaitGroup
	for i, o := range outlets {
		all.Go(func() { errs[i] = whileInReach(ctx, o.Rest, e.reach) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		log.Warn("messages are still on their way to the endpoint", "endpoint", e.in.Name, "cause", err)
	}
}
