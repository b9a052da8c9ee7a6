package config

import (
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/araldo-relay/araldo/routes"
)

// groups are the keys of `plugins`: the names of 2012 and their short forms.
var groups = map[string]core.Kind{
	"araldo.endpoints.endpoint": core.KindEndpoint, "endpoints": core.KindEndpoint,
	"araldo.marshalling": core.KindMarshalling, "marshalling": core.KindMarshalling,
}

// programsKey is the key of `plugins` for what holds for a plugin's processes.
const programsKey = "programs"

var groupNames = []string{"araldo.endpoints.endpoint", "araldo.marshalling", "endpoints", "marshalling", programsKey}

func (c *Config) loadPlugins(ps *core.Problems, section document.Value) {
	seen := map[core.Kind]string{}
	names := map[string]core.Position{}
	for _, e := range section.Entries(ps, "plugins") {
		if e.Key == programsKey {
			c.loadPrograms(ps, e.Value)
			continue
		}
		kind, known := groups[e.Key]
		if !known {
			e.Unknown(ps, groupNames)
			continue
		}
		if first, twice := seen[kind]; twice {
			ps.Errorf(e.Position(), "put both lists under one of them", "%s and %s are the same group", first, e.Key)
		}
		seen[kind] = e.Key
		for _, item := range e.Value.Items(ps, e.Key) {
			c.addInstance(ps, kind, item, names)
		}
	}
	c.checkMarshallings(ps)
}

func (c *Config) addInstance(ps *core.Problems, kind core.Kind, item document.Value, names map[string]core.Position) {
	in, ok := c.parseInstance(ps, kind, item)
	if !ok {
		c.refused = append(c.refused, routes.End{Name: in.Name, Marshalling: in.Marshalling})
		return
	}
	if first, twice := names[in.Name]; twice {
		ps.Errorf(in.at("name"), "give one of them another name", "name %s stands twice, first at %s", in.Name, first)
		return
	}
	names[in.Name] = in.at("name")
	if kind == core.KindEndpoint {
		c.Endpoints = append(c.Endpoints, in)
	} else {
		c.Marshallings = append(c.Marshallings, in)
	}
}

func (c *Config) checkMarshallings(ps *core.Problems) {
	var names []string
	for _, m := range c.Marshallings {
		names = append(names, m.Name)
	}
	for i := range c.Endpoints {
		in := &c.Endpoints[i]
		if in.Marshalling != "" && !slices.Contains(names, in.Marshalling) {
			detail := document.Suggest(ps, in.Marshalling, "marshallings", names)
			if len(names) == 0 {
				detail = "none is declared under plugins: marshalling"
			}
			ps.Errorf(in.marshallingAt.Position(), detail, "endpoint %s: no marshalling is named %q", in.Name, in.Marshalling)
		}
	}
}

// unused warns of what is declared and stands in no route. Without any route, that alone is the news.
func (c *Config) unused() core.Problems {
	var ps core.Problems
	routed, marshalled := map[string]bool{}, c.marshalled()
	for _, route := range c.Routes {
		routed[route.Inbound] = true
		for _, o := range route.Outlets {
			routed[o.To], routed[o.DeadLetter] = true, true
		}
	}
	for _, in := range c.Endpoints {
		if !routed[in.Name] && len(c.Routes) > 0 {
			ps.Warnf(in.Position, "", "endpoint %s stands in no route", in.Name)
		}
	}
	for _, m := range c.Marshallings {
		if !marshalled[m.Name] {
			ps.Warnf(m.Position, "an endpoint uses it by `marshalling: "+m.Name+"`", "marshalling %s is not used", m.Name)
		}
	}
	return ps
}
