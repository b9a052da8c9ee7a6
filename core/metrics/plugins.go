package metrics

// watched is a plugin and the figures of its process, nil where there is none or the system does not tell.
type watched struct {
	Plugin
	usage *usage
}

// usage is what a process has used and holds.
type usage struct {
	// cpuSeconds of user and system time, residentBytes of memory, descriptors that are open.
	cpuSeconds, residentBytes, descriptors float64
}

func watch(plugins []Plugin) []watched {
	list := make([]watched, len(plugins))
	for i, p := range plugins {
		list[i] = watched{p, usageOf(p.PID)}
	}
	return list
}

var pluginFamilies = table[watched]{
	name: func(p *watched) []string { return []string{p.Name} },
	families: []family[watched]{
		ofPlugin(gauge, "info", "Is 1: the plugin's version as a label.",
			func(p *watched, v values) { v.number(1, p.Version) }, "version"),
		ofPlugin(gauge, "state", "1 for the state that the plugin is in, 0 for the others.",
			func(p *watched, v values) { v.state(p.State) }, "state"),
		ofPlugin(counter, "restarts_total", "Starts of its process after it had ended of itself or was killed.",
			func(p *watched, v values) { v.number(float64(p.Restarts)) }),
		ofPlugin(counter, "replaced_total", "Starts of its process by plan: `araldo plugins restart`, or a reload with another "+
			"program.", func(p *watched, v values) { v.number(float64(p.Replaced)) }),
		ofPlugin(gauge, "heartbeat_age_seconds", "How long ago the quietest of its streams last brought anything; it is killed "+
			"after 15.", heartbeat),
		ofPlugin(counter, "cpu_seconds_total", "User and system time of its process; Linux only.",
			used(func(u *usage) float64 { return u.cpuSeconds })),
		ofPlugin(gauge, "resident_memory_bytes", "Memory that its process holds; Linux only.",
			used(func(u *usage) float64 { return u.residentBytes })),
		ofPlugin(gauge, "open_fds", "File descriptors that its process has open; Linux only.",
			used(func(u *usage) float64 { return u.descriptors })),
	},
}

func ofPlugin(kind, name, help string, read func(*watched, values), more ...string) family[watched] {
	return family[watched]{Family{"araldo_plugin_" + name, help, kind, append([]string{"plugin"}, more...)}, read}
}

func heartbeat(p *watched, v values) {
	if p.Heard >= 0 {
		v.number(p.Heard.Seconds())
	}
}

func used(figure func(*usage) float64) func(*watched, values) {
	return func(p *watched, v values) {
		if p.usage != nil {
			v.number(figure(p.usage))
		}
	}
}
