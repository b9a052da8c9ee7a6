package hub

import (
	"context"
	"errors"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

// Reload implements control.Hub: it has Options.Load read the configuration again and takes it as Adopt does.
func (h *Hub) Reload(ctx context.Context, dryRun bool) (control.Reload, error) {
	if h.options.Load == nil {
		return control.Reload{}, errors.New("the program that this hub is part of gave it no way to read its configuration again")
	}
	return h.reload(ctx, dryRun, h.options.Load)
}

// Adopt puts another configuration, which has no errors so far, in the place of the one that holds, by difference: what
// is equal in both goes on unnoticed, what is new is opened, the routes are swapped in one step, and what is gone is
// drained, for shutdown-timeout at most. One that is not taken, by the plugins' judgement or because a part of it can't be
// opened, changes nothing: Reload.OK is false then. The keys of global that need a restart stay as they are. With dryRun
// nothing is changed in any case. It waits for other changes of that kind and is an error where ctx ends first, or the hub.
func (h *Hub) Adopt(ctx context.Context, cfg *config.Config, dryRun bool) (control.Reload, error) {
	return h.reload(ctx, dryRun, func() (*config.Config, core.Problems) { return cfg, nil })
}

func (h *Hub) reload(ctx context.Context, dryRun bool, load func() (*config.Config, core.Problems)) (control.Reload, error) {
	var r reload
	err := h.changes.do(ctx, func(ctx context.Context) error {
		before := h.relay.Load()
		if before == nil {
			return errors.New("the hub is not ready yet")
		}
		if !dryRun && h.options.Reloading != nil {
			defer h.options.Reloading()()
		}
		r = reload{Hub: h, before: before, dryRun: dryRun}
		r.cfg, r.problems = load()
		r.err = r.run(ctx)
		r.note()
		return nil
	})
	if err != nil {
		return control.Reload{}, err
	}
	return r.result(), nil
}

// reload puts one configuration in the place of another, or says what that would do.
type reload struct {
	*Hub
	before   *relay
	dryRun   bool
	cfg      *config.Config // nil where there is none to read
	problems core.Problems
	changes  []config.Change
	// replacements are those of the plugins whose program's file is another by now.
	replacements []replacement
	remarks      []string
	err          error
}

// run does it. The error is why the configuration was not taken, unless problems say it.
func (r *reload) run(ctx context.Context) error {
	if r.cfg == nil {
		return nil
	}
	r.secrets.Store(&[]*config.Secrets{r.cfg.Secrets, r.before.crew.cfg.Secrets})
	crew := r.before.crew.follow(r.cfg)
	after, err := r.take(ctx, crew)
	if after == nil {
		r.stopStarted(crew)
		return err
	}
	if r.options.LogLevel != nil {
		r.options.LogLevel(r.cfg.Global.LogLevel)
	}
	r.replacePrograms(ctx, after)
	return nil
}

// take goes as far as it may. It returns the relay that works then, nil where it is the one before.
func (r *reload) take(ctx context.Context, crew *crew) (*relay, error) {
	if err := r.judge(ctx, crew); err != nil || r.problems.Failed() {
		return nil, err
	}
	r.changes = r.compare(crew)
	fates := decide(r.before.crew, crew, r.changes)
	r.besides(crew, fates)
	if err := crew.checkPorts(ctx, fates); err != nil {
		return nil, err
	}
	if err := r.tryReplacements(ctx, crew); err != nil || r.dryRun {
		return nil, err
	}
	c := &change{Hub: r.Hub, before: r.before, after: r.before.wire(crew, r.before, fates), fates: fates}
	if err := c.carryOut(ctx); err != nil {
		return nil, err
	}
	r.remarks = append(r.remarks, c.remarks...)
	return c.after, nil
}

// judge starts the plugins that are needed beside those that run, and adds what all say of the configuration.
func (r *reload) judge(ctx context.Context, crew *crew) error {
	if err := crew.start(ctx); err != nil {
		return err
	}
	r.problems = append(r.problems, crew.validate(ctx)...)
	config.Sort(r.problems)
	return ctx.Err()
}

// stopStarted ends the processes that were started for a configuration that is not taken.
func (r *reload) stopStarted(crew *crew) {
	for _, next := range r.replacements {
		bound, cancel := r.untilDrained()
		next.successor.Discard(bound)
		cancel()
	}
	bound, cancel := r.untilDrained()
	defer cancel()
	crew.stopThose(bound, func(m *member) bool { return m.started })
}
