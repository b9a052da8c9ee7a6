package hub_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// fault: F12
func TestABadFileChangesNothingAndSaysWhy(t *testing.T) {
	port := freePort(t)
	good := fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}"}
    - {name: browsers, id: endpoint-websocket}
routes:
  ticks: [browsers]
`, port)
	r := start(t, good)
	stop := make(chan struct{})
	last := sequence(t, dial(t, port, "/browsers"), stop)
	before := r.Status(t.Context())
	for _, one := range []struct{ was, is, why string }{
		{"every: 1ms", "every: never", "araldo.yaml:5:47"},
		{"id: endpoint-websocket", "id: endpoint-websocked", "endpoint-websocked"},
		{"- {name: browsers, id: endpoint-websocket}", "- {name: browsers, id: endpoint-websocket}\n    - {name: twice, id: endpoint-websocket, path: /browsers}", "both take listen:"},
		{"ticks: [browsers]", "ticks: [{to: browsers, require: at-least-once}]", "at-least-once"},
	} {
		if why := r.refused(strings.Replace(good, one.was, one.is, 1)); !strings.Contains(why, one.why) {
			t.Errorf("%s is refused because of %s", one.is, why)
		}
	}
	after := r.Status(t.Context())
	if len(after.Plugins) != len(before.Plugins) || after.Plugins[0].PID != before.Plugins[0].PID || len(after.Endpoints) != 2 {
		t.Errorf("plugins were %+v and are %+v", before.Plugins, after.Plugins)
	}
	if after.Reload.Generation != 1 || !strings.Contains(after.Reload.Failure, "at-least-once") || after.Reload.FailedTime.IsZero() {
		t.Errorf("status says %+v", after.Reload)
	}
	r.reloaded(good)
	if now := r.Status(t.Context()).Reload; now.Generation != 2 || now.Failure != "" {
		t.Errorf("status says %+v", now)
	}
	close(stop)
	<-last
}

// fault: F12 B21
func TestWhatCantBeOpenedIsTakenBack(t *testing.T) {
	taken, port := takenPort(t), freePort(t)
	good := fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}", ack: true}
    - {name: browsers, id: endpoint-websocket}
    - {name: moved, id: endpoint-websocket, path: /moved}
    - {name: sink, id: endpoint-mock}
routes:
  ticks: [browsers, sink]
  moved: [sink]
`, port)
	r := start(t, good)
	stop := make(chan struct{})
	last := sequence(t, dial(t, port, "/browsers"), stop)
	elsewhere := strings.Replace(good, "path: /moved", "path: /moved, port: "+taken, 1)
	for _, bad := range []string{
		// A new endpoint beside a new plugin, with new routes.
		strings.Replace(good, "    - {name: sink", "    - {name: new, id: endpoint-websocket, port: "+taken+
			"}\n    - {name: archive, id: endpoint-file, path: archive}\n    - {name: sink", 1) + "  new: [browsers, archive]\n",
		// One that must be closed first, and can't be opened in the new way: it comes back in the old one.
		elsewhere,
		// The same beside others that could be.
		strings.Replace(elsewhere, "[browsers, sink]", "[browsers]", 1) + "  browsers: [moved]\n",
		strings.Replace(elsewhere, "sink, id: endpoint-mock}", "sink, id: endpoint-mock, confirm-after: 1ms}", 1),
	} {
		why := r.refused(bad)
		if !strings.Contains(why, taken) || !strings.Contains(why, strconv.Itoa(os.Getpid())) {
			t.Errorf("the refusal names neither port %s nor its holder, pid %d: %s", taken, os.Getpid(), why)
		}
		r.asBefore(4, 2)
		received := r.endpoint("moved").Received
		send(t, dial(t, port, "/moved"), "x")
		eventually(t, "the endpoint that was closed works again", func() bool { return r.endpoint("moved").Received > received })
		delivered := r.outlet("ticks", "sink").Account.Delivered
		eventually(t, "the acked route works", func() bool { return r.outlet("ticks", "sink").Account.Delivered > delivered })
	}
	close(stop)
	<-last
}
