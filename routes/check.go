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
	checkReplies(&ps, list)
	t := newTable(ends)
	for _, route := range list {
		in, known := t.find(&ps, route.Inbound, "route %s begins at no endpoint", route.Position, route.Inbound)
		for _, o := range route.Outlets {
			t.find(&ps, o.To, "route %s leads to %s, which is no endpoint", o.Position, route.Inbound, o.To)
			if known && in.Marshalling == "" && o.When != nil && o.When.UsesData() {
				ps.Errorf(o.When.uses[variableData], "give "+in.Name+" a `marshalling:`, or look at source and attributes only",
					"when: nothing decodes the data of %s", in.Name)
			}
			t.checkDeadLetter(&ps, &o)
		}
	}
	return ps
}

// checkDeadLetter finds a dead letter that is no endpoint, or the one that could not take the message.
func (t table) checkDeadLetter(ps *core.Problems, o *Outlet) {
	switch {
	case o.DeadLetter == "":
	case o.DeadLetter == o.To:
		ps.Errorf(o.at("dead-letter"), "name another endpoint", "dead-letter: what %s can't take would go to %s again", o.To, o.To)
	default:
		t.find(ps, o.DeadLetter, "dead-letter: %s is no endpoint", o.at("dead-letter"), o.DeadLetter)
	}
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
			t.checkOutlet(&ps, in, &o)
		}
	}
	return ps
}

func (t table) checkOutlet(ps *core.Problems, in End, o *Outlet) {
	for _, target := range []struct {
		name string
		at   core.Position
	}{{o.To, o.Position}, {o.DeadLetter, o.at("dead-letter")}} {
		if out, known := t.ends[target.name]; known && out.Capabilities.Outbound == nil {
			ps.Errorf(target.at, "only an endpoint that takes messages out can end a route", "%s can't be a target", target.name)
		}
	}
	checkCosts(ps, in, t.ends[o.To], t.ends[o.DeadLetter], o)
	t.checkPromise(ps, in, o)
}

// checkPromise finds an outlet whose ends can't do what it asks for.
func (t table) checkPromise(ps *core.Problems, in End, o *Outlet) {
	out := t.ends[o.To]
	if in.Capabilities.Inbound == nil || out.Capabilities.Outbound == nil {
		return
	}
	p := PromiseOf(in, out, *o)
	if o.Delivery == core.ModeAcked && p.Mode != core.ModeAcked {
		ps.Errorf(o.at("delivery"), p.Reason, "delivery: acked is out of reach of %s -> %s, which can do %s at best", in.Name, o.To, p.Ceiling)
	}
	if o.Require > p.Guarantee {
		ps.Errorf(o.at("require"), p.Reason, "require: %s is out of reach of %s -> %s, which gives %s and can do %s at best", o.Require,
			in.Name, o.To, p.Guarantee, p.Ceiling)
	}
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
