package hub

import (
	"context"
	"errors"
	"fmt"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/host"
)

// Reload implements control.Hub: it has Options.Load read the configuration again and takes it as Adopt does.
func (h *Hub) Reload(ctx context.Context, dryRun bool) (control.Reload, error) {
	if h.options.Load == nil {
		return control.Reload{}, errors.New("the program that this hub is part of gave it no way to read its configuration again")
	}
	return h.exchange(ctx, dryRun, h.options.Load)
}

// Adopt puts another configuration, which has no errors so far, in the place of the one that holds, by difference: what
// is equal in both goes on unnoticed, what is new is opened, the routes are swapped in one step, and what is gone is
// drained, for shutdown-timeout at most. One that is not taken, by the plugins' judgement or because a part of it can't be
// opened, changes nothing: Reload.OK is false then. The keys of global that need a restart stay as they are. With dryRun
// nothing is changed in any case. It waits for other changes of that kind and is an error where ctx ends first, or the hub.
func (h *Hub) Adopt(ctx context.Context, cfg *config.Config, dryRun bool) (control.Reload, error) {
	return h.exchange(ctx, dryRun, func() (*config.Config, core.Problems) { return cfg, nil })
}

func (h *Hub) exchange(ctx context.Context, dryRun bool, load func() (*config.Config, core.Problems)) (control.Reload, error) {
	var x exchange
	err := h.changes.do(ctx, func(ctx context.Context) error {
		before := h.relay.Load()
		if before == nil {
			return errors.New("the hub is not ready yet")
		}
		if !dryRun && h.options.Reloading != nil {
			defer h.options.Reloading()()
		}
		x = exchange{Hub: h, before: before, dryRun: dryRun}
		x.cfg, x.problems = load()
		x.err = x.run(ctx)
		x.note()
		return nil
	})
	if err != nil {
		return control.Reload{}, err
	}
	return x.result(), nil
}

// exchange is one reload.
type exchange struct {
	*Hub
	before   *relay
	dryRun   bool
	cfg      *config.Config // nil where there is none to read
	problems core.Problems
	changes  []config.Change
	// upgrades are the plugins whose program's file was replaced, with the processes that are to take over.
	upgrades []upgrade
	remarks  []string
	err      error
}

type upgrade struct {
	member    *member
	successor *host.Successor
}

// run does it. The error is why the configuration was not taken, unless problems say it.
func (x *exchange) run(ctx context.Context) error {
	if x.cfg == nil {
		return nil
	}
	x.secrets.Store(&[]*config.Secrets{x.cfg.Secrets, x.before.crew.cfg.Secrets})
	crew := x.before.crew.follow(x.cfg)
	taken := false
	defer func() {
		if !taken {
			bound, cancel := x.untilDrained()
			defer cancel()
			crew.stopThose(bound, func(m *member) bool { return m.started })
		}
	}()
	if err := crew.start(ctx); err != nil {
		return err
	}
	x.problems = append(x.problems, crew.validate(ctx)...)
	config.Sort(x.problems)
	if x.problems.Failed() || ctx.Err() != nil {
		return ctx.Err()
	}
	x.changes = x.compare(crew)
	fates := decide(x.before.crew, crew, x.changes)
	if err := crew.checkPorts(ctx, fates); err != nil {
		return err
	}
	if err := x.try(ctx, crew); err != nil || x.dryRun {
		x.discard()
		return err
	}
	c := &change{Hub: x.Hub, before: x.before, after: x.before.wire(crew, x.before, fates), fates: fates}
	if err := c.carryOut(ctx); err != nil {
		x.discard()
		return err
	}
	taken, x.remarks = true, c.remarks
	if x.options.LogLevel != nil {
		x.options.LogLevel(x.cfg.Global.LogLevel)
	}
	return x.upgrade(ctx, c.after)
}

// compare is what differs. The keys that need a restart of the hub are compared with what it was started with.
func (x *exchange) compare(crew *crew) []config.Change {
	changes := config.Compare(x.before.crew.cfg, x.cfg, crew.offeredTypes())
	first := config.Compare(x.Hub.cfg, x.cfg, nil)
	return withHubRestarts(changes, first)
}

// withHubRestarts is changes with those keys of global that only a restart of the hub applies as first has them.
func withHubRestarts(changes, first []config.Change) []config.Change {
	var keys []config.KeyChange
	var global config.Change
	gather := func(list []config.Change, restart bool) {
		for _, c := range list {
			if c.Kind != config.ChangeGlobal {
				continue
			}
			global = c
			for _, k := range c.Keys {
				if (k.Class == config.ClassHubRestart) == restart {
					keys = append(keys, k)
				}
			}
		}
	}
	gather(changes, false)
	gather(first, true)
	var all []config.Change
	if len(keys) > 0 {
		global.Keys = keys
		all = append(all, global)
	}
	for _, c := range changes {
		if c.Kind != config.ChangeGlobal {
			all = append(all, c)
		}
	}
	return all
}

// try starts the successors of plugins whose file was replaced. On an error there are none.
func (x *exchange) try(ctx context.Context, crew *crew) error {
	for _, m := range crew.outdated() {
		successor, err := crew.try(ctx, m)
		if err != nil {
			x.discard()
			return err
		}
		x.upgrades = append(x.upgrades, upgrade{m, successor})
	}
	return nil
}

func (x *exchange) discard() {
	bound, cancel := x.untilDrained()
	defer cancel()
	for _, u := range x.upgrades {
		u.successor.Discard(bound)
	}
}

// upgrade lets the successors take over, one after the other.
func (x *exchange) upgrade(ctx context.Context, now *relay) error {
	var errs []error
	for _, u := range x.upgrades {
		bound, cancel := x.untilDrained()
		if err := now.succeed(ctx, bound, u.member, u.successor); err != nil {
			errs = append(errs, fmt.Errorf("the configuration holds, but %w", err))
		}
		cancel()
	}
	return errors.Join(errs...)
}

// ok reports whether the configuration was taken, or would be.
func (x *exchange) ok() bool { return x.cfg != nil && x.err == nil && !x.problems.Failed() }

// cause is why it was not.
func (x *exchange) cause() string {
	if x.err != nil {
		return x.mask(x.err.Error())
	}
	cause, errors := "", 0
	for _, p := range x.problems {
		if p.Severity != core.SeverityError {
			continue
		}
		if errors++; errors == 1 {
			cause = x.mask(p.String())
		}
	}
	if errors > 1 {
		cause += fmt.Sprintf(" (and %d more, which `araldo check` tells)", errors-1)
	}
	return cause
}
