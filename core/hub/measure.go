package hub

import (
	"context"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/metrics"
)

// Measure implements metrics.Hub.
func (h *Hub) Measure(ctx context.Context) metrics.Measurement {
	m := metrics.Measurement{Version: h.options.Version, Reload: h.lastReload()}
	r := h.relay.Load()
	if r == nil {
		return m
	}
	figures := r.figures(ctx)
	for i, e := range r.endpoints {
		m.Endpoints = append(m.Endpoints, r.measureEndpoint(e, figures[i]))
	}
	for _, route := range r.routes {
		for _, o := range route.outlets {
			m.Outlets = append(m.Outlets, route.measure(o))
		}
	}
	for _, one := range r.marshallings {
		now := one.Status()
		m.Marshallings = append(m.Marshallings, metrics.Marshalling{
			Name: one.in.Name, ID: one.in.ID, Plugin: one.member.name, State: now.State, Restarts: now.Restarts,
			Decoded: now.Decoded, Encoded: now.Encoded, Failed: now.Failed, Rejected: now.Rejected,
		})
	}
	m.Plugins = r.crew.measure(m.Version)
	return m
}

// lastReload is what became of the newest reload.
func (h *Hub) lastReload() metrics.Reload {
	now := h.reloads.status()
	last := metrics.Reload{Failed: now.Failure != "", Success: h.since}
	if !now.Time.IsZero() {
		last.Success = now.Time
	}
	return last
}

// figures asks every endpoint for its own, until ctx ends.
func (r *relay) figures(ctx context.Context) [][]core.Figure {
	all := make([][]core.Figure, len(r.endpoints))
	var asking sync.WaitGroup
	for i, e := range r.endpoints {
		asking.Go(func() {
			inspection, err := e.Inspect(ctx)
			if err != nil {
				e.unanswered.Add(1)
				return
			}
			all[i] = inspection.Figures
		})
	}
	asking.Wait()
	return all
}

func (r *relay) measureEndpoint(e *endpoint, figures []core.Figure) metrics.Endpoint {
	now := e.Status()
	plugin := ownPlugin
	if e.member != nil {
		plugin = e.member.name
	}
	return metrics.Endpoint{
		Name: e.in.Name, ID: e.in.ID, Plugin: plugin, State: now.State, Enabled: e.enabled.Load(), Restarts: now.Restarts,
		Received: now.Received, ReceivedBytes: now.ReceivedBytes, Unrouted: r.router.Unrouted(e.in.Name), Gaps: now.Gaps,
		Missed: now.Missed, Rejected: now.Rejected, Figures: figures, Unanswered: e.unanswered.Load(),
	}
}

func (route *route) measure(o *outlet) metrics.Outlet {
	return metrics.Outlet{
		Route: route.Inbound, Name: o.Name, To: o.To, Mode: o.promise.Mode.String(), Snapshot: o.running.Snapshot(),
		LimitMessages: o.Queue.Messages, LimitBytes: o.Queue.Bytes, Overflow: o.running.Overflow().String(),
		Requests: o.measureRequests(),
	}
}

// measure describes the plugins; those that are built in have the hub's own version.
func (c *crew) measure(version string) []metrics.Plugin {
	list := make([]metrics.Plugin, len(c.members))
	for i, m := range c.members {
		now := m.Status()
		list[i] = metrics.Plugin{Name: m.name, Version: now.Version, State: now.State, Restarts: now.Restarts, Replaced: now.Replaced,
			PID: now.PID, Heard: now.Heard}
		if m.program.path == "" {
			list[i].Version = version
		}
	}
	return list
}
