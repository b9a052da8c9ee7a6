package routes

import (
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// CheckNames finds what the configuration alone can tell: names that no endpoint has, and filters that look into
// messages which nothing decodes. Of an end it uses name and marshalling.
func CheckNames(list []Route, ends []End) core.Problems {
	var ps core.Problems
	t := newTable(ends)
	for _, route := range list {
		in, known := t.find(&ps, route.Inbound, "route %s begins at no endpoint", route.Position, route.Inbound)
		for _, o := range route.Outlets {
			t.find(&ps, o.To, "route %s leads to %s, which is no endpoint", o.Position, route.Inbound, o.To)
			if known && in.Marshalling == "" && o.When != nil && o.When.UsesData() {
				ps.Errorf(o.When.uses[variableData], "give "+in.Name+" a `marshalling:`, or look at source and attributes only",
					"when: nothing decodes the data of %s", in.Name)
			}
		}
	}
	return ps
}

// CheckAbilities finds routes that their ends' capabilities can't serve. Names that no end has are passed over: they
// are CheckNames' findings, or their plugin could not be asked.
func CheckAbilities(list []Route, ends []End) core.Problems {
	var ps core.Problems
	t := newTable(ends)
	for _, route := range list {
		in, known := t.ends[route.Inbound]
		if known && in.Capabilities.Inbound == nil {
			ps.Errorf(route.Position, "only an endpoint that brings messages in can begin a route",
				"%s can't be a source", route.Inbound)
		}
		for _, o := range route.Outlets {
			out, found := t.ends[o.To]
			if found && out.Capabilities.Outbound == nil {
				ps.Errorf(o.Position, "only an endpoint that takes messages out can end a route", "%s can't be a target", o.To)
			}
			if source := in.Capabilities.Inbound; source != nil && !source.Pausable && o.Queue.Overflow == core.OverflowBlock {
				ps.Warnf(o.Position, "what comes while the queue is full is lost at the source and shows as a gap",
					"overflow: block, but %s can't be paused", route.Inbound)
			}
		}
	}
	return ps
}

// table finds ends by name.
type table struct {
	ends  map[string]End
	names []string
}

func newTable(ends []End) table {
	t := table{ends: make(map[string]End, len(ends))}
	for _, e := range ends {
		t.ends[e.Name] = e
		t.names = append(t.names, e.Name)
	}
	slices.Sort(t.names)
	return t
}

func (t table) find(ps *core.Problems, name, format string, at core.Position, args ...any) (End, bool) {
	end, found := t.ends[name]
	if !found {
		ps.Errorf(at, document.Suggest(ps, name, "endpoints", t.names), format, args...)
	}
	return end, found
}
