package hub

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

// inspectTimeout bounds how long one endpoint may keep status waiting.
const inspectTimeout = 2 * time.Second

// Status implements control.Hub. It asks every endpoint for its own figures, two seconds at most.
func (h *Hub) Status(ctx context.Context) control.Status {
	s := control.Status{
		Version: h.options.Version, PID: os.Getpid(), Since: h.since.UTC(), UptimeSeconds: time.Since(h.since).Seconds(),
		Config: filepath.Join(h.cfg.Dir, filepath.Base(h.cfg.Path)), DataDir: h.cfg.Global.DataDir,
		Metrics: h.metricsURL(), Reload: h.reloads.status(),
	}
	r := h.relay.Load()
	if r == nil {
		return s
	}
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	// What is asked may keep the answer waiting, so what the hub knows itself is read after that, all at one moment.
	inspections := make([]core.Inspection, len(r.endpoints))
	var all sync.WaitGroup
	for i, e := range r.endpoints {
		// An endpoint that can't be asked now says so by its state.
		all.Go(func() { inspections[i], _ = e.Inspect(ctx) })
	}
	all.Wait()
	s.Plugins = r.crew.status(s.Version)
	s.Endpoints = make([]control.Endpoint, len(r.endpoints))
	for i, e := range r.endpoints {
		s.Endpoints[i] = r.endpointStatus(e, &inspections[i])
	}
	for _, m := range r.marshallings {
		s.Marshallings = append(s.Marshallings, m.status(h.mask))
	}
	for _, route := range r.routes {
		s.Routes = append(s.Routes, route.status(h.mask))
	}
	return s
}

// status describes the plugins; those that are built in have the hub's own version.
func (c *crew) status(version string) []control.Plugin {
	list := make([]control.Plugin, len(c.members))
	for i, m := range c.members {
		p := m.Status()
		list[i] = control.Plugin{
			Name: m.name, Version: p.Version, Path: m.program.path, PID: p.PID, State: p.State.String(), Since: p.Since,
			Restarts: p.Restarts, Replaced: p.Replaced, LastError: c.mask(p.LastError),
		}
		if m.program.path == "" {
			list[i].Version = version
		}
		list[i].Sandbox, list[i].Allowed = p.Isolation.String(), []string{}
		if files, _ := p.Isolation.Restricts(); files {
			list[i].Allowed = append(list[i].Allowed, m.spec.Isolation.Rules.Words()...)
		}
		if m.program.reattach != "" {
			list[i].Reattached, list[i].Sandbox = true, "none: it runs elsewhere (reattach)"
		}
		list[i].Memory, list[i].OpenFiles = p.Isolation.Limits.Memory, p.Isolation.Limits.OpenFiles
		for _, line := range p.Log {
			list[i].Log = append(list[i].Log, c.mask(line))
		}
		for _, t := range m.Info().Types {
			list[i].IDs = append(list[i].IDs, control.Type{ID: t.ID, Kind: t.Kind.String(), Summary: t.Summary})
		}
	}
	return list
}

func (r *relay) endpointStatus(e *endpoint, inspection *core.Inspection) control.Endpoint {
	now := e.Status()
	t := r.crew.types[e.in.ID]
	plugin := ownPlugin
	if e.member != nil {
		plugin = e.member.name
	}
	out := control.Endpoint{
		Name: e.in.Name, ID: e.in.ID, Summary: t.Summary, Plugin: plugin, State: now.State.String(),
		Since: now.Since, Cause: r.mask(now.Cause), Enabled: e.enabled.Load(), Restarts: now.Restarts, Received: now.Received,
		ReceivedBytes: now.ReceivedBytes, Unrouted: r.router.Unrouted(e.in.Name), Rejected: now.Rejected, Gaps: now.Gaps,
		Missed: now.Missed, Marshalling: e.in.Marshalling,
	}
	for _, claim := range r.crew.assessments[e.in.Name].Claims {
		out.Claims = append(out.Claims, r.mask(claim))
	}
	// The keys passed their schema, so they are JSON.
	_ = json.Unmarshal(e.in.Redacted(t.Schema), &out.Settings)
	out.Take(inspection)
	return out
}

func (route *route) status(mask func(string) string) control.Route {
	out := control.Route{Inbound: route.Inbound}
	for _, o := range route.outlets {
		one := control.Outlet{Name: o.Name, To: o.To, When: mask(o.when()), Mode: o.promise.Mode.String(),
			Guarantee: o.promise.Guarantee.String(), Ceiling: o.promise.Ceiling.String(), Reason: mask(o.promise.Reason),
			Queue: control.Queue{Messages: o.Queue.Messages, Bytes: o.Queue.Bytes, Overflow: o.running.Overflow().String()}}
		snapshot := o.running.Snapshot()
		snapshot.LastFailure, snapshot.Paused = mask(snapshot.LastFailure), mask(snapshot.Paused)
		one.Take(&snapshot)
		one.DeadLetter, one.DeadLetterOf = o.DeadLetter, o.deadOf
		one.Requests = o.requestStatus()
		out.Outlets = append(out.Outlets, one)
	}
	return out
}

// when is the outlet's filter as the file has it, empty where there is none.
func (o *outlet) when() string {
	if o.When == nil {
		return ""
	}
	return o.When.String()
}

// SetEnabled implements control.Hub: it switches an endpoint until the hub ends.
func (h *Hub) SetEnabled(ctx context.Context, name string, enabled bool) error {
	for {
		r, e, err := h.find(name)
		if err != nil {
			return err
		}
		if done, err := h.setEnabled(ctx, r, e, enabled); done {
			return err
		}
	}
}

// setEnabled does it unless a reload has put another relay in the place of r meanwhile.
func (h *Hub) setEnabled(ctx context.Context, r *relay, e *endpoint, enabled bool) (done bool, err error) {
	switched, err := e.toSwitch(ctx)
	if err != nil {
		return true, err
	}
	defer switched()
	if h.relay.Load() != r {
		return false, nil
	}
	return true, r.setEnabled(ctx, e, enabled)
}

// find returns an endpoint that runs, and the relay that it is part of.
func (h *Hub) find(name string) (*relay, *endpoint, error) {
	if r := h.relay.Load(); r != nil {
		if e := r.endpoint(name); e != nil {
			return r, e, nil
		}
	}
	var names []string
	for _, in := range h.config().Endpoints {
		names = append(names, in.Name)
	}
	return nil, nil, control.UnknownEndpoint(name, names)
}
