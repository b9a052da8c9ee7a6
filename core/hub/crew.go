package hub

import (
	"context"
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

// muster starts the plugins that the configuration names.
func (h *Hub) muster(ctx context.Context, runtimeDir string, self identity) (*crew, error) {
	c := &crew{cfg: h.cfg, log: h.log, mask: h.mask, on: map[string]*member{}, types: ownTypes(),
		incarnation: self.incarnation}
	h.crew.Store(c)
	c.host = host.New(host.Options{
		RuntimeDir: runtimeDir, Log: h.log, MaxMessage: h.cfg.Global.MaxMessage, Hub: self.name,
		Incarnation: self.incarnation, Desk: desk{h},
		OnFailed: func(plugin string, err error) {
			if h.crew.Load().indispensable(plugin) {
				h.fail(err)
			}
		},
	})
	return c, c.start(ctx)
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
	found, err := c.findPrograms(ctx)
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
