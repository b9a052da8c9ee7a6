package hub_test

import (
	"fmt"
	"testing"
)

func TestPluginsComeAndGoWithTheirEndpoints(t *testing.T) {
	config := func(more, routes string) string {
		return fmt.Sprintf(`
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
%s
routes:
  load: [sink%s]
`, more, routes)
	}
	r := start(t, config("", ""))
	mock := r.plugin("mock").PID
	for range 2 {
		r.reloaded(config("    - {name: archive, id: endpoint-file, path: archive}\n    - {name: own, id: endpoint-mock, process: own}", ", archive, own"))
		file, own := r.plugin("file").PID, r.plugin("mock/own").PID
		eventually(t, "both get messages", func() bool {
			return r.outlet("load", "archive").Account.Delivered > 0 && r.outlet("load", "own").Account.Delivered > 0
		})
		r.reloaded(config("", ""))
		if alive(file) || alive(own) {
			t.Error("a plugin runs on that nothing needs")
		}
	}
	if got := r.plugin("mock").PID; got != mock {
		t.Errorf("mock was %d and is %d", mock, got)
	}
}

func TestAPluginThatWasGivenUpIsStartedByAReload(t *testing.T) {
	text := `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock, process: own, restart: {limit: 1}}
routes:
  load: [sink]
`
	r := start(t, text)
	first := r.plugin("mock/sink").PID
	kill(t, first)
	r.back("mock/sink", first)
	kill(t, r.plugin("mock/sink").PID)
	eventually(t, "it is given up", func() bool { return r.endpoint("sink").State == "failed" })
	r.reloaded(text)
	before := r.outlet("load", "sink").Account.Delivered
	eventually(t, "it works again", func() bool { return r.outlet("load", "sink").Account.Delivered > before })
}

// Those that run offer what they did, beside one that is new.
func TestAReloadFindsAnotherExternalPlugin(t *testing.T) {
	programs := installed(t, "mock", "redis")
	_, url := redisServer(t)
	config := func(more, outlets string) string {
		return fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
%s
routes:
  load: [sink%s]
`, programs.dir, more, outlets)
	}
	r := start(t, config("", ""))
	mock := r.plugin("mock").PID
	r.reloaded(config(fmt.Sprintf("    - {name: news, id: endpoint-redis, url: %q, channel: news}", url), ", news"))
	eventually(t, "both get messages", func() bool {
		return r.outlet("load", "sink").Account.Delivered > 0 && r.outlet("load", "news").Account.Delivered > 0
	})
	if got := r.plugin("mock").PID; got != mock {
		t.Errorf("mock was %d and is %d", mock, got)
	}
}
