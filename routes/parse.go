package routes

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// Parse reads the file's `routes` section, in its order. Routes with an error are left out.
func Parse(section document.Value) ([]Route, core.Problems) {
	var ps core.Problems
	var list []Route
	entries := section.Entries(&ps, "routes")
	if len(entries) == 0 && !ps.Failed() {
		ps.Warnf(section.Position(), "a route is the name of an endpoint and a list of endpoints below it",
			"there are no routes: nothing will be relayed")
	}
	for _, e := range entries {
		list = append(list, parseRoute(&ps, e))
	}
	return list, ps
}

func parseRoute(ps *core.Problems, e document.Entry) Route {
	route := Route{Inbound: e.Key, Position: e.Position()}
	items := e.Value.Items(ps, "route "+e.Key)
	if e.Value.IsNull() || len(items) == 0 && e.Value.IsList() {
		ps.Errorf(route.Position, "list the endpoints that get its messages below it as `- NAME`, or remove it",
			"route %s has no outlets", e.Key)
	}
	for _, item := range items {
		if o, ok := parseOutlet(ps, e.Key, item); ok {
			route.Outlets = append(route.Outlets, o)
		}
	}
	checkTwice(ps, route)
	return route
}

// checkTwice finds outlets that could not be told apart.
func checkTwice(ps *core.Problems, route Route) {
	lines := map[string]int{}
	for _, o := range route.Outlets {
		if line, twice := lines[o.Name]; twice {
			ps.Errorf(o.Position, "give one of them a `name:` of its own, or remove it",
				"route %s has two outlets %s, the first in line %d", route.Inbound, o.Name, line)
			continue
		}
		lines[o.Name] = o.Position.Line
	}
}
