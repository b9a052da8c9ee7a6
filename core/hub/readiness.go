package hub

import (
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/metrics"
)

// Readiness implements metrics.Hub.
func (h *Hub) Readiness() metrics.Readiness {
	now := metrics.Readiness{Endpoints: []metrics.Needs{}, Marshallings: []metrics.Needs{}}
	r := h.relay.Load()
	if r == nil {
		now.Cause = "the hub is starting"
		return now
	}
	used := map[string]bool{}
	for _, e := range r.endpoints {
		needed := e.enabled.Load() && (e.inbound || len(e.outlets) > 0)
		used[e.in.Marshalling] = used[e.in.Marshalling] || needed
		is := e.Status()
		now.Endpoints = append(now.Endpoints, metrics.Needs{Name: e.in.Name, State: is.State.String(), Since: is.Since.UTC(),
			Cause: h.mask(is.Cause), Needed: needed})
	}
	for _, m := range r.marshallings {
		is := m.Status()
		now.Marshallings = append(now.Marshallings, metrics.Needs{Name: m.in.Name, State: is.State.String(),
			Since: is.Since.UTC(), Cause: h.mask(is.Cause), Needed: used[m.in.Name]})
	}
	now.Ready = !slices.ContainsFunc(slices.Concat(now.Endpoints, now.Marshallings), missing)
	return now
}

// missing reports whether the hub needs it and it is not ready.
func missing(n metrics.Needs) bool { return n.Needed && n.State != core.StateReady.String() }
