package hub

import (
	"fmt"

	"github.com/araldo-relay/araldo/config"
)

// compare is what differs. The keys that need a restart of the hub are compared with what it was started with.
func (r *reload) compare(crew *crew) []config.Change {
	changes := config.Compare(r.before.crew.cfg, r.cfg, crew.offeredTypes())
	first := config.Compare(r.Hub.cfg, r.cfg, nil)
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

// besides remarks what no change says: plugins that are given up still, and endpoints that are closed and opened again though
// no key of their own asks for it.
func (r *reload) besides(crew *crew, f fates) {
	for _, m := range crew.members {
		if m.still != nil {
			r.remark("still given up: %v", m.still)
		}
	}
	told := restarting(r.changes)
	for i := range crew.cfg.Endpoints {
		name := crew.cfg.Endpoints[i].Name
		if f.endpoints[name] != fateAgain || told[name] {
			continue
		}
		why := "what holds for it beside its own keys is different"
		if now := crew.on[name]; now != nil && now.started {
			why = "its plugin gets another process"
		}
		r.remark("endpoint %s is closed and opened again too: %s", name, why)
	}
}

// remark adds one to the result, and to the log of a reload that is more than a question.
func (r *reload) remark(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.remarks = append(r.remarks, text)
	if !r.dryRun {
		r.log.Info("reloading", "remark", r.mask(text))
	}
}
