package hub

import (
	"context"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
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
		return r.replace(ctx, bound, m)
	})
	return maskError(err, h.mask)
}

// replace puts a new process in the place of a member's. ctx bounds the trial, drained the drain: at its end the process is
// replaced all the same, and what is still on its way has the fate that it has when a stream ends.
func (r *relay) replace(ctx, drained context.Context, m *member) error {
	next, err := r.crew.successor(ctx, m)
	if err != nil {
		return err
	}
	return r.handOver(ctx, drained, m, next)
}

// handOver drains a member's process and lets its successor take over. What has been drained does not go on by itself, so
// that the end of ctx calls nothing off then.
func (r *relay) handOver(ctx, drained context.Context, m *member, next *host.Successor) error {
	if m.Status().State == core.StateReady {
		r.relieve(drained, func(e *endpoint) bool { return e.member == m && e.opened })
		ctx = context.WithoutCancel(ctx)
	}
	return m.Replace(ctx, next)
}

// outdated are the members whose program's file is another than the one that their process was started from: a reload
// replaces them.
func (c *crew) outdated() []*member {
	var list []*member
	for _, m := range c.members {
		if m.still == nil && m.Outdated() {
			list = append(list, m)
		}
	}
	return list
}

// replacement is a plugin's process and the one that is to take over from it.
type replacement struct {
	member    *member
	successor *host.Successor
}

// tryReplacements starts the successors of plugins whose program's file is another by now.
func (r *reload) tryReplacements(ctx context.Context, crew *crew) error {
	for _, m := range crew.outdated() {
		successor, err := crew.successor(ctx, m)
		if err != nil {
			return err
		}
		r.replacements = append(r.replacements, replacement{m, successor})
	}
	return nil
}

// replacePrograms lets the successors take over, one after the other. The configuration holds by then, whatever becomes of
// that.
func (r *reload) replacePrograms(ctx context.Context, now *relay) {
	for _, next := range r.replacements {
		bound, cancel := r.untilDrained()
		if err := now.handOver(ctx, bound, next.member, next.successor); err != nil {
			r.remark("%v", err)
		}
		cancel()
	}
}
