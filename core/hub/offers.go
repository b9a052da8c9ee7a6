package hub

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/araldo-relay/araldo/core/host"
)

// findPrograms finds the program for every id of the configuration that one offers. External plugins are only started to
// ask them if an id is not built in.
func (c *crew) findPrograms(ctx context.Context) (map[string]program, error) {
	found, missing := c.builtins()
	if len(missing) == 0 {
		return found, nil
	}
	external, unfit, err := candidates(PluginPlaces(c.cfg))
	external = reattached(c.cfg.Programs, external)
	c.unfit = unfit
	if err == nil {
		err = checkNames(external)
	}
	if err != nil {
		return nil, err
	}
	if known := c.before.offers(external); containsAll(known, missing) {
		maps.Copy(found, known)
		return found, nil
	}
	for _, p := range external {
		if err := c.gather(ctx, p, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// builtins are the built-in programs that the configuration's ids need, by id, and the ids that no such program offers.
func (c *crew) builtins() (found map[string]program, missing []string) {
	found = map[string]program{}
	for _, in := range c.instances() {
		if isOwn(in.ID) {
			continue
		}
		if p, builtin := builtinProgram(in.ID); builtin {
			found[in.ID] = p
		} else {
			missing = append(missing, in.ID)
		}
	}
	return found, missing
}

// offers are the programs that the crew runs, of those that can be had, by the ids that they offer.
func (c *crew) offers(external []candidate) map[string]program {
	offered := map[string]program{}
	for _, p := range external {
		if m := c.running(p.program); m != nil {
			for _, id := range idsOf(m.Plugin) {
				offered[id] = p.program
			}
		}
	}
	return offered
}

// running is a member that runs a program, nil where there is none or no crew.
func (c *crew) running(p program) *member {
	if c == nil {
		return nil
	}
	if at := slices.IndexFunc(c.members, func(m *member) bool { return m.program == p }); at >= 0 {
		return c.members[at]
	}
	return nil
}

func containsAll(offered map[string]program, ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { _, is := offered[id]; return !is })
}

// gather puts the ids of an external plugin into found: those of its manifest, those that its process offers where one
// runs, or what it says when it is asked.
func (c *crew) gather(ctx context.Context, p candidate, found map[string]program) error {
	ids, err := p.ids, error(nil)
	if m := c.before.running(p.program); len(ids) == 0 && m != nil {
		ids = idsOf(m.Plugin)
	}
	if len(ids) == 0 {
		ids, err = c.ask(ctx, p.program)
	}
	if err != nil {
		return err
	}
	for _, id := range ids {
		other, taken := found[id]
		if !taken {
			other, taken = builtinProgram(id)
		}
		if isOwn(id) {
			return fmt.Errorf("%s offers the id %s, which is the hub's own", p, id)
		}
		if taken {
			return fmt.Errorf("two plugins offer the id %s: %s and %s", id, other, p)
		}
		found[id] = p.program
	}
	return nil
}

// ask starts an external plugin for as long as it takes to tell its ids.
func (c *crew) ask(ctx context.Context, p program) ([]string, error) {
	spec := c.specification(p.name, p)
	c.confine(&spec, p, nil)
	plugin, err := c.host.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer plugin.Stop(ctx)
	return idsOf(plugin), nil
}

func idsOf(plugin *host.Plugin) (ids []string) {
	for _, t := range plugin.Info().Types {
		ids = append(ids, t.ID)
	}
	return ids
}
