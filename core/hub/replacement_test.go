package hub_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// restarted has a plugin's process replaced, and checks that it was, without a death.
func (r *relay) restarted(name string) {
	r.t.Helper()
	before := r.plugin(name)
	if err := r.RestartPlugin(r.t.Context(), name); err != nil {
		r.t.Fatal(err)
	}
	after := r.plugin(name)
	if after.PID == before.PID || after.PID == 0 || after.LastError != before.LastError || after.Restarts != before.Restarts ||
		after.Replaced != before.Replaced+1 {
		r.t.Errorf("plugin %s: before %+v, after %+v", name, before, after)
	}
	r.back(name, before.PID)
}

// fault: F12
func TestExternalPluginsAreReplacedUnderLoadAndNothingIsLost(t *testing.T) {
	client, url := redisServer(t)
	record := filepath.Join(t.TempDir(), "record")
	programs := installed(t, "mock", "redis")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: orders, id: endpoint-redis, url: %q, stream: orders, group: hub}
    - {name: archive, id: endpoint-mock, confirm: accepted, record: %q}
    - {name: screen, id: endpoint-mock}
routes:
  orders:
    - {to: archive, delivery: acked}
    - {to: screen, delivery: live, queue: {messages: 1000000, bytes: 1GiB}}
`, programs.dir, url, record))
	stop := feeding(t, client, "orders")
	for range 3 {
		for _, name := range []string{"mock", "redis"} {
			before := r.outlet("orders", "archive").Account.Delivered
			eventually(t, "messages flow", func() bool { return r.outlet("orders", "archive").Account.Delivered > before+200 })
			programs.upgrade(name)
			r.restarted(name)
		}
	}
	added := stop()
	eventually(t, "the source has all of its acknowledgements", func() bool {
		pending, err := client.XPending(t.Context(), "orders", "hub").Result()
		groups, failed := client.XInfoGroups(t.Context(), "orders").Result()
		return err == nil && failed == nil && pending.Count == 0 && len(groups) == 1 && groups[0].EntriesRead == int64(added)
	})
	counts, again := arrivals(t, record), 0
	for n := 1; n <= added; n++ {
		switch counts[n] {
		case 0:
			t.Fatalf("entry %d of %d was lost", n, added)
		case 1:
		default:
			again++
		}
	}
	screen := r.outlet("orders", "screen").Account
	if screen.Dropped["plugin-lost"] != 0 || len(screen.Dropped) != 0 {
		t.Errorf("the live outlet lost messages in drained replacements: %+v", screen)
	}
	t.Logf("%d entries, %d more than once, over 6 replacements", added, again)
}

// fault: F12
func TestAListeningPluginTellsItsClientsThatItIsReplaced(t *testing.T) {
	programs := installed(t, "websocket")
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d, plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, path: /ws}
    - {name: others, id: endpoint-websocket, path: /others}
routes:
  browsers: [browsers]
`, port, programs.dir))
	for range 2 {
		one, other := dial(t, port, "/ws"), dial(t, port, "/others")
		send(t, one, "hello")
		if got := read(t, one); got != "hello" {
			t.Errorf("got %q", got)
		}
		programs.upgrade("websocket")
		r.restarted("websocket")
		for _, c := range []*websocket.Conn{one, other} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			_, _, err := c.Read(ctx)
			cancel()
			if code := websocket.CloseStatus(err); code != websocket.StatusServiceRestart {
				t.Errorf("closed with %d: %v", code, err)
			}
		}
	}
	c := dial(t, port, "/ws")
	send(t, c, "after")
	if got := read(t, c); got != "after" {
		t.Errorf("got %q", got)
	}
}

// fault: F12
func TestABadProgramLeavesTheOldOneRunning(t *testing.T) {
	programs := installed(t, "mock", "redis")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`, programs.dir))
	before := r.plugin("mock")
	for script, want := range map[string]string{
		"echo half a download >&2; exit 3":  "half a download",
		"exec " + programs.path("redis"):    "plugin mock came back as redis",
		"exec sleep 1000":                   "it was not ready within",
		"echo no handshake; exec sleep 100": "no handshake",
	} {
		programs.spoil("mock", script)
		if err := r.RestartPlugin(t.Context(), "mock"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one of %q", script, err, want)
		}
	}
	if now := r.plugin("mock"); now.PID != before.PID || now.State != "ready" {
		t.Errorf("before %+v, now %+v", before, now)
	}
	delivered := r.outlet("load", "sink").Account.Delivered
	eventually(t, "messages flow on", func() bool { return r.outlet("load", "sink").Account.Delivered > delivered })
	if err := r.RestartPlugin(t.Context(), "mok"); err == nil || err.Error() != `there is no plugin "mok"` {
		t.Errorf("an unknown plugin: %v", err)
	}
}

// fault: F12
func TestAReloadUpgradesWhatHasANewProgram(t *testing.T) {
	programs := installed(t, "mock", "redis")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`, programs.dir))
	if done := r.adopt(r.cfg, false); !done.OK || len(done.Plugins)+len(done.Changes) != 0 {
		t.Errorf("nothing has changed: %+v", done)
	}
	before := r.plugin("mock").PID
	programs.upgrade("mock")
	if done := r.adopt(r.cfg, true); !done.OK || !slices.Equal(done.Plugins, []string{"mock"}) || r.plugin("mock").PID != before {
		t.Errorf("a dry run: %+v", done)
	}
	if done := r.adopt(r.cfg, false); !done.OK || !slices.Equal(done.Plugins, []string{"mock"}) || r.plugin("mock").PID == before {
		t.Errorf("an upgrade: %+v", done)
	}
	r.back("mock", before)
	before = r.plugin("mock").PID
	if done := r.adopt(r.cfg, false); !done.OK || len(done.Plugins) != 0 || r.plugin("mock").PID != before {
		t.Errorf("it is upgraded already: %+v", done)
	}
	programs.spoil("mock", "echo half a download >&2; exit 3")
	if done := r.adopt(r.cfg, false); done.OK || !strings.Contains(done.Error, "half a download") || r.plugin("mock").PID != before {
		t.Errorf("a bad program: %+v", done)
	}
	delivered := r.outlet("load", "sink").Account.Delivered
	eventually(t, "messages flow on", func() bool { return r.outlet("load", "sink").Account.Delivered > delivered })
}
