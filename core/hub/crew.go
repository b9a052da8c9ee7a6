package hub

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/core/programs"
	"github.com/araldo-relay/araldo/routes"
)

// crew is the plugin processes of one configuration and what they say of it.
type crew struct {
	cfg     *config.Config
	log     *slog.Logger
	mask    func(string) string
	host    *host.Host
	members []*member
	// unfit are plugins that the lock names and that can't be run.
	unfit []programs.Found
	// before is the crew whose processes go on in this one as far as it has them, while this one starts; nil at first.
	before *crew
	// on is the member that serves an instance; types are the ids that the members offer.
	on          map[string]*member
	types       map[string]core.TypeInfo
	assessments map[string]core.Assessment
	configs     map[string][]byte
	// ends are the endpoints as the routes know them, since validate.
	ends map[string]routes.End
	// incarnation counts the openings of an endpoint, as host.Options has it.
	incarnation func(name string) (uint64, error)
}

// member is one plugin process under supervision and the instances that it serves.
type member struct {
	*host.Plugin
	name      string
	program   program
	spec      host.Spec
	instances []*config.Instance
	// started: the process was started for this crew, it is not one of before.
	started bool
}

// follow is the crew of another configuration, before start.
func (c *crew) follow(cfg *config.Config) *crew {
	return &crew{cfg: cfg, log: c.log, mask: c.mask, host: c.host, before: c, on: map[string]*member{},
		types: ownTypes(), incarnation: c.incarnation}
}

func ownTypes() map[string]core.TypeInfo {
	types := map[string]core.TypeInfo{}
	for _, t := range OwnTypes() {
		types[t.ID] = t
	}
	return types
}

// start finds a program for every id and starts what is needed. Ids that nobody offers are left to validate. A plugin
// that can't describe itself is an error; those that did start are stop's to end.
func (c *crew) start(ctx context.Context) error {
	found, err := c.programs(ctx)
	if err != nil {
		return err
	}
	for _, in := range c.instances() {
		if p, offered := found[in.ID]; offered && c.uses(in) {
			c.assign(in, p)
		}
	}
	return c.startMembers(ctx)
}

// uses reports whether the relay will need an instance: a marshalling that no endpoint names is not started.
func (c *crew) uses(in *config.Instance) bool {
	return in.Kind != core.KindMarshalling || c.cfg.Uses(in.Name)
}

func (c *crew) instances() []*config.Instance {
	var list []*config.Instance
	for i := range c.cfg.Marshallings {
		list = append(list, &c.cfg.Marshallings[i])
	}
	for i := range c.cfg.Endpoints {
		list = append(list, &c.cfg.Endpoints[i])
	}
	return list
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

// adopt takes the processes of before over. A plugin that was given up is started anew.
func (c *crew) adopt() {
	if c.before == nil {
		return
	}
	for _, m := range c.members {
		was, _ := c.before.member(m.name)
		if was != nil && was.program == m.program && was.spec.File == m.spec.File && confinedAlike(was.spec, m.spec) && was.Status().State != core.StateFailed {
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
		if errs[i] != nil {
			return errs[i]
		}
		for _, t := range m.Info().Types {
			c.types[t.ID] = t
		}
	}
	return nil
}

// indispensable reports whether one of a plugin's instances is configured with on-failure: exit.
func (c *crew) indispensable(plugin string) bool {
	for _, m := range c.members {
		if m.name == plugin {
			return slices.ContainsFunc(m.instances, func(in *config.Instance) bool { return in.OnFailure == config.OnFailureExit })
		}
	}
	return false
}

// stop ends all plugins at once; those still there when ctx ends are killed.
func (c *crew) stop(ctx context.Context) { c.stopThose(ctx, func(*member) bool { return true }) }

// stopThose ends the plugins that are meant.
func (c *crew) stopThose(ctx context.Context, meant func(*member) bool) {
	var all sync.WaitGroup
	for _, m := range c.members {
		if m.Plugin != nil && meant(m) {
			all.Go(func() { m.Stop(ctx) })
		}
	}
	all.Wait()
}

// has reports whether a plugin's process is one of the crew's.
func (c *crew) has(p *host.Plugin) bool {
	return slices.ContainsFunc(c.members, func(m *member) bool { return m.Plugin == p })
}

// programs finds the program for every id of the configuration that one offers. External plugins are only started to
// ask them if an id is not built in.
func (c *crew) programs(ctx context.Context) (map[string]program, error) {
	found := map[string]program{}
	var missing []string
	for _, in := range c.instances() {
		if isOwn(in.ID) {
			continue
		}
		p, builtin := builtinProgram(in.ID)
		if builtin {
			found[in.ID] = p
		} else {
			missing = append(missing, in.ID)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	external, unfit, err := candidates(PluginPlaces(c.cfg))
	external = reattached(c.cfg.Programs, external)
	c.unfit = unfit
	if err == nil {
		err = checkNames(external)
	}
	if err != nil || c.before.offers(missing, external, found) {
		return found, err
	}
	for _, p := range external {
		if err := c.gather(ctx, p, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// offers reports whether the crew's external plugins, which must be among those that can be had, offer all of ids, and
// puts them into found: then nobody is asked.
func (c *crew) offers(ids []string, external []candidate, found map[string]program) bool {
	if c == nil {
		return false
	}
	for _, m := range c.members {
		if slices.ContainsFunc(external, func(p candidate) bool { return p.program == m.program }) {
			for _, t := range m.Info().Types {
				found[t.ID] = m.program
			}
		}
	}
	return !slices.ContainsFunc(ids, func(id string) bool { _, is := found[id]; return !is })
}

// gather puts the ids of an external plugin into found: those of its manifest, or what it says when it is asked.
func (c *crew) gather(ctx context.Context, p candidate, found map[string]program) error {
	ids, err := p.ids, error(nil)
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
func (c *crew) ask(ctx context.Context, p program) (ids []string, err error) {
	spec := c.specification(p.name, p)
	c.confine(&spec, p, nil)
	plugin, err := c.host.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer plugin.Stop(ctx)
	for _, t := range plugin.Info().Types {
		ids = append(ids, t.ID)
	}
	return ids, nil
}
