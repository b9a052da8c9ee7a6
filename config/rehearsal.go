package config

import (
	"encoding/json"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/araldo-relay/araldo/routes"
)

// StandIn is what takes an endpoint's place in a rehearsal.
type StandIn struct {
	ID string
	// Keys are its own keys as JSON would have them.
	Keys map[string]any
}

// Rehearsal is a configuration of one route of c, the one that begins at inbound, in which stand-ins take the places of
// all its endpoints, so that nothing outside is spoken to. Name, marshalling, timeout and trust of the endpoints stay,
// the outlets as a whole, the marshallings, and what of global bears on messages; each stand-in has a process of its own.
// The hub's files are in dataDir, and it shows neither metrics nor traces. c is not changed.
func (c *Config) Rehearsal(inbound, dataDir string, standIn func(*Instance) StandIn) (*Config, core.Problems) {
	r := *c
	r.Global.DataDir, r.Global.MetricsPort, r.Global.TraceEndpoint = dataDir, NoMetrics, ""
	r.Routes, r.Endpoints = nil, nil
	for _, route := range c.Routes {
		if route.Inbound == inbound {
			r.Routes = append(r.Routes, route)
		}
	}
	reached := reach(r.Routes)
	var ps core.Problems
	for i := range c.Endpoints {
		if in := &c.Endpoints[i]; reached[in.Name] {
			r.Endpoints = append(r.Endpoints, in.replaced(&ps, standIn(in)))
		}
	}
	return &r, ps
}

// reach names all endpoints of routes.
func reach(list []routes.Route) map[string]bool {
	names := map[string]bool{}
	for _, route := range list {
		names[route.Inbound] = true
		for _, o := range route.Outlets {
			names[o.To] = true
			names[o.DeadLetter] = true
		}
	}
	return names
}

// replaced is the instance with a stand-in in its place.
func (in *Instance) replaced(ps *core.Problems, s StandIn) Instance {
	out := *in
	out.ID, out.Enabled, out.OwnProcess, out.Restart, out.OnFailure = s.ID, true, true, DefaultRestart, OnFailureExit
	out.own = nil
	text, err := json.Marshal(s.Keys)
	if err != nil {
		ps.Errorf(in.Position, err.Error(), "the stand-in of %s can't be configured", in.Name)
		return out
	}
	doc, problems := document.Parse(in.Position.File, text) // JSON is YAML
	*ps = append(*ps, problems...)
	if doc != nil {
		out.own = doc.Root().Entries(ps, "the stand-in of "+in.Name)
	}
	return out
}
