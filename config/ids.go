package config

import (
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// CheckIDs finds instances whose id nobody offers: an error, save for a marshalling that no endpoint uses, which is
// never started. known are the ids that can be had, in any order.
func (c *Config) CheckIDs(known []string) core.Problems {
	var ps core.Problems
	ids, marshalled := slices.Compact(slices.Sorted(slices.Values(known))), c.marshalled()
	for in := range c.instances() {
		if _, found := slices.BinarySearch(ids, in.ID); found {
			continue
		}
		add := ps.Errorf
		if in.Kind == core.KindMarshalling && !marshalled[in.Name] {
			add = ps.Warnf
		}
		add(in.at("id"), document.Suggest(&ps, in.ID, "known", ids), "%s %s: no plugin offers the id %q", in.Kind, in.Name,
			in.ID)
	}
	return ps
}

// Uses reports whether an endpoint names the marshalling. The plugin of one that none names is not started.
func (c *Config) Uses(marshalling string) bool { return c.marshalled()[marshalling] }

// marshalled are the names of marshallings that endpoints use.
func (c *Config) marshalled() map[string]bool {
	used := map[string]bool{}
	for _, in := range c.Endpoints {
		used[in.Marshalling] = true
	}
	return used
}

// CheckKinds finds endpoints among the marshallings and the other way round, by what the plugins say of their ids.
func (c *Config) CheckKinds(types []core.TypeInfo) core.Problems {
	var ps core.Problems
	kinds := map[string]core.Kind{}
	for _, t := range types {
		kinds[t.ID] = t.Kind
	}
	for in := range c.instances() {
		if kind, known := kinds[in.ID]; known && kind != in.Kind {
			ps.Errorf(in.at("id"), "move it to that group", "%s %s: %s is offered as %s", in.Kind, in.Name, in.ID, kind)
		}
	}
	return ps
}

// instances yields marshallings, then endpoints.
func (c *Config) instances() func(yield func(*Instance) bool) {
	return func(yield func(*Instance) bool) {
		for _, list := range [][]Instance{c.Marshallings, c.Endpoints} {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}
