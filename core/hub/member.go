package hub

import (
	"context"
	"slices"
	"sync"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/host"
)

// member is one plugin process under supervision and the instances that it serves.
type member struct {
	*host.Plugin
	name      string
	program   program
	spec      host.Spec
	instances []*config.Instance
	// started: the process was started for this crew, it is not one of before.
	started bool
	// givenUp is the plugin of before where that was given up: it is started anew, and goes on as it is, for the reason that
	// still has, where that can't be done.
	givenUp *host.Plugin
	still   error
}

// assign gives an instance to its plugin's member: the one that the plugin's instances share, or one of its own.
func (c *crew) assign(in *config.Instance, p program) {
	name := p.name
	if in.OwnProcess {
		name += "/" + in.Name
	}
	at := slices.IndexFunc(c.members, func(m *member) bool { return m.name == name })
	if at < 0 {
		at = len(c.members)
		c.members = append(c.members, &member{name: name, program: p, spec: c.specification(name, p)})
		c.members[at].spec.Restart = host.RestartPolicy(in.Restart)
	}
	m := c.members[at]
	if m.spec.Restart == host.RestartPolicy(config.DefaultRestart) {
		m.spec.Restart = host.RestartPolicy(in.Restart)
	}
	m.instances = append(m.instances, in)
	c.on[in.Name] = m
}

// checkRestarts finds instances that want one process started again in different ways.
func (c *crew) checkRestarts() core.Problems {
	var problems core.Problems
	for _, m := range c.members {
		var first *config.Instance
		for _, in := range m.instances {
			switch {
			case in.Restart == config.DefaultRestart:
			case first == nil:
				first = in
			case in.Restart != first.Restart:
				problems.Errorf(in.Position, "give it to one of them alone, or set `process: own`",
					"%v %s: restart differs from that of %s, whose process it shares", in.Kind, in.Name, first.Name)
			}
		}
	}
	return problems
}

// adopt takes the processes of before over, save those of plugins that were given up.
func (c *crew) adopt() {
	if c.before == nil {
		return
	}
	for _, m := range c.members {
		was, _ := c.before.member(m.name)
		switch {
		case was == nil || was.program != m.program || was.spec.File != m.spec.File || !confinedAlike(was.spec, m.spec):
		case was.Status().State == core.StateFailed:
			m.givenUp = was.Plugin
		default:
			m.Plugin = was.Plugin
		}
	}
}

// startMembers starts all members at once that do not run, and gathers what all offer.
func (c *crew) startMembers(ctx context.Context) error {
	for _, m := range c.members {
		c.confine(&m.spec, m.program, m.instances)
	}
	c.adopt()
	errs := make([]error, len(c.members))
	var all sync.WaitGroup
	for i, m := range c.members {
		if m.started = m.Plugin == nil; m.started {
			all.Go(func() { m.Plugin, errs[i] = c.host.Start(ctx, m.spec) })
		}
	}
	all.Wait()
	for i, m := range c.members {
		switch {
		case errs[i] == nil:
		case m.givenUp == nil || ctx.Err() != nil:
			return errs[i]
		default:
			m.Plugin, m.started, m.still = m.givenUp, false, errs[i]
		}
		for _, t := range m.Info().Types {
			c.types[t.ID] = t
		}
	}
	return nil
}

// member finds a plugin by its name.
func (c *crew) member(name string) (*member, error) {
	var names []string
	for _, m := range c.members {
		if m.name == name {
			return m, nil
		}
		names = append(names, m.name)
	}
	return nil, control.UnknownPlugin(name, names)
}

// has reports whether a plugin's process is one of the crew's.
func (c *crew) has(p *host.Plugin) bool {
	return slices.ContainsFunc(c.members, func(m *member) bool { return m.Plugin == p })
}
