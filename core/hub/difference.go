package hub

import (
	"bytes"
	"reflect"
	"slices"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
)

// fate is what a reload does with an instance of the new configuration.
type fate uint8

const (
	fateFresh fate = iota // it was not there before
	fateKept              // it goes on as it is, with its connections
	fateAgain             // it is closed and opened again
)

// fates are those of all instances, by name.
type fates struct {
	endpoints, marshallings map[string]fate
	// yields are the endpoints of before that must be closed before others can be opened: those that are opened again,
	// and those that have what another one claims.
	yields map[string]bool
	// first are the fresh endpoints that need nothing of what those have.
	first map[string]bool
}

// decide finds out what becomes of each instance when the crew after takes the place of before. changes are what differs
// between their configurations. It starts and stops nothing.
func decide(before, after *crew, changes []config.Change) fates {
	f := fates{endpoints: map[string]fate{}, marshallings: map[string]fate{}, yields: map[string]bool{}, first: map[string]bool{}}
	restarts := restarting(changes)
	for _, in := range after.instances() {
		list := f.endpoints
		if in.Kind == core.KindMarshalling {
			list = f.marshallings
		}
		switch {
		case !before.knows(in):
			list[in.Name] = fateFresh
		case restarts[in.Name] || !same(before, after, in.Name):
			list[in.Name] = fateAgain
		default:
			list[in.Name] = fateKept
		}
	}
	for i := range before.cfg.Endpoints {
		name := before.cfg.Endpoints[i].Name
		f.yields[name] = f.endpoints[name] == fateAgain || f.displaces(before, after, name)
	}
	for name, fate := range f.endpoints {
		f.first[name] = fate == fateFresh && !f.follows(before, after, name)
	}
	return f
}

// restarting are the instances of which a key changed that they are only told when they are opened. Names are unique
// over both kinds.
func restarting(changes []config.Change) map[string]bool {
	names := map[string]bool{}
	for _, c := range changes {
		instance := c.Kind == config.ChangeEndpoint || c.Kind == config.ChangeMarshalling
		if instance && c.Action == config.ChangeChanged && c.Class() >= config.ClassEndpointRestart {
			names[c.Name] = true
		}
	}
	return names
}

// knows reports whether the crew has an instance of that name and kind. A marshalling that no endpoint used was not open.
func (c *crew) knows(in *config.Instance) bool {
	return slices.ContainsFunc(c.instances(), func(was *config.Instance) bool {
		return was.Name == in.Name && was.Kind == in.Kind && c.uses(was)
	})
}

// same reports whether an instance is served by the same process, from the same keys, with the same outcome.
func same(before, after *crew, name string) bool {
	was, is := before.on[name], after.on[name]
	if (was == nil) != (is == nil) || was != nil && was.Plugin != is.Plugin {
		return false
	}
	a, b := before.assessments[name], after.assessments[name]
	return bytes.Equal(before.configs[name], after.configs[name]) && slices.Equal(a.Claims, b.Claims) &&
		reflect.DeepEqual(a.Capabilities, b.Capabilities)
}

// displaces reports whether an endpoint that goes has what one that comes claims.
func (f fates) displaces(before, after *crew, name string) bool {
	if _, stays := f.endpoints[name]; stays {
		return false
	}
	for other, fate := range f.endpoints {
		if fate != fateKept && slices.ContainsFunc(before.assessments[name].Claims, func(claim string) bool {
			return slices.Contains(after.assessments[other].Claims, claim)
		}) {
			return true
		}
	}
	return false
}

// follows reports whether an endpoint that comes claims what one that yields has, or its port.
func (f fates) follows(before, after *crew, name string) bool {
	for other, yields := range f.yields {
		if yields && slices.ContainsFunc(before.assessments[other].Claims, func(had string) bool {
			return slices.ContainsFunc(after.assessments[name].Claims, func(claim string) bool {
				return claim == had || samePort(claim, had)
			})
		}) {
			return true
		}
	}
	return false
}
