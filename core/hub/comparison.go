package hub

import "github.com/araldo-relay/araldo/config"

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
