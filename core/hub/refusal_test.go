package hub_test

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// takenPort is a port that this process listens at.
func takenPort(t *testing.T) string {
	t.Helper()
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	_, taken, _ := net.SplitHostPort(held.Addr().String())
	return taken
}

// What comes while reloads are refused is counted by the outlets that were to be replaced, and arrives once.
//
// fault: F12
func TestRefusedReloadsCountAll(t *testing.T) {
	client, url := redisServer(t)
	good := fmt.Sprintf(`
plugins:
  endpoints:
    - {name: orders, id: endpoint-redis, url: %[1]q, stream: orders, group: hub}
    - {name: other, id: endpoint-redis, url: %[1]q, stream: other}
    - {name: last, id: endpoint-mock}
routes:
  last: [other]
  orders:
    - {to: other}
`, url)
	bad := strings.NewReplacer("{to: other}", "{to: other, order: strict}", "endpoint-mock", "endpoint-mock, record: nowhere/record").Replace(good)
	r := start(t, good)
	const count = 3000
	added := make(chan error, 1)
	go func() {
		for n := range count {
			if err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: "orders", Values: map[string]any{"body": n}}).Err(); err != nil {
				added <- err
				return
			}
		}
		added <- nil
	}()
	for range 5 {
		r.refused(bad)
	}
	if err := <-added; err != nil {
		t.Fatal(err)
	}
	eventually(t, "all arrives", func() bool { return client.XLen(t.Context(), "other").Val() >= count })
	eventually(t, "all is counted", func() bool { return r.outlet("orders", "other").Account.Delivered == count })
	if a := r.outlet("orders", "other").Account; a.In != count || a.Retried != 0 || client.XLen(t.Context(), "other").Val() != count {
		t.Errorf("%d were added, %d arrived, and the account is %+v", count, client.XLen(t.Context(), "other").Val(), a)
	}
}

// Targets that a refused reload had opened in another way finish what they were given before they give way again: nothing
// of it is lost, and nothing comes twice.
//
// fault: F12
func TestARefusedReloadDrainsWhatItOpened(t *testing.T) {
	dir := t.TempDir()
	config := func(again, record string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 5s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, payload: "{n}", ack: true}
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}"}
    - {name: acked, id: endpoint-mock, record: %[1]q, confirm-after: 50ms%[3]s}
    - {name: live, id: endpoint-mock, record: %[2]q, confirm-after: 50ms%[3]s}
    - {name: last, id: endpoint-mock%[4]s}
routes:
  load: [acked]
  ticks: [live]
  last: [live]
`, filepath.Join(dir, "acked"), filepath.Join(dir, "live"), again, record)
	}
	r := start(t, config("", ""))
	for range 5 {
		delivered := r.outlet("load", "acked").Account.Delivered
		eventually(t, "messages flow", func() bool { return r.outlet("load", "acked").Account.Delivered > delivered })
		r.refused(config(", channel: else", ", record: "+filepath.Join(dir, "nowhere", "record")))
	}
	for _, one := range []struct{ source, sink string }{{"load", "acked"}, {"ticks", "live"}} {
		made := int(r.figure(one.source, "made"))
		eventually(t, "all that was made arrives at "+one.sink, func() bool {
			return len(missing(numbers(t, filepath.Join(dir, one.sink)), made)) == 0
		})
		if a := r.outlet(one.source, one.sink).Account; len(a.Dropped) > 0 || a.Retried > 0 {
			t.Errorf("%s: %+v", one.sink, a)
		}
		list := numbers(t, filepath.Join(dir, one.sink))
		for i, n := range list {
			if n != i+1 {
				t.Fatalf("%s: message %d came as number %d", one.sink, n, i+1)
			}
		}
	}
}

// One that confirms nothing in the new way takes all the time that draining has, and comes back in the old one.
//
// fault: F12
func TestARefusedReloadBringsBackWhatDoesNotDrain(t *testing.T) {
	config := func(again, record string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 300ms}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, payload: "{n}", ack: true}
    - {name: sink, id: endpoint-mock%s}
    - {name: last, id: endpoint-mock%s}
routes:
  load: [sink]
  last: [sink]
`, again, record)
	}
	r := start(t, config("", ""))
	r.refused(config(", stall-after: 0", ", record: "+filepath.Join(t.TempDir(), "nowhere", "record")))
	r.asBefore(3, 1)
	made := uint64(r.figure("load", "made"))
	eventually(t, "all that was made arrives", func() bool { return r.outlet("load", "sink").Account.Delivered >= made })
}

// A browser is not disconnected by a reload that is refused, be it for a port that its own endpoint or another one can't
// have, or for anything else that only shows when a new endpoint is opened. A dry run knows of the ports too.
//
// fault: F12 B21
func TestARefusedReloadDisconnectsNobody(t *testing.T) {
	taken, port := takenPort(t), freePort(t)
	good := fmt.Sprintf(`
global: {server-port: %d, bind: 127.0.0.1}
plugins:
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}"}
    - {name: browsers, id: endpoint-websocket, path: /ws}
    - {name: sink, id: endpoint-mock}
routes:
  ticks: [browsers, sink]
`, port)
	r := start(t, good)
	stop := make(chan struct{})
	last := sequence(t, dial(t, port, "/ws"), stop)
	pinging := strings.Replace(good, "path: /ws", "path: /ws, ping-interval: 7s", 1)
	with := func(config, endpoint, routes string) string {
		return strings.Replace(config, "routes:\n", "    - {name: two, "+endpoint+"}\nroutes:\n"+routes, 1)
	}
	for name, one := range map[string]struct{ bad, why string }{
		"its own port":            {strings.Replace(good, "path: /ws", "path: /ws, port: "+taken, 1), "listen on 127.0.0.1:" + taken},
		"another's port":          {with(pinging, "id: endpoint-websocket, port: "+taken, ""), "listen on 127.0.0.1:" + taken},
		"another source's port":   {with(pinging, "id: endpoint-websocket, port: "+taken, "  two: [browsers]\n"), "listen on 127.0.0.1:" + taken},
		"no address of this host": {with(pinging, "id: endpoint-websocket, bind: 192.0.2.1, port: 80", ""), "192.0.2.1:80"},
		"a target that fails":     {with(pinging, "id: endpoint-mock, record: nowhere/record", ""), "no such file"},
		"a source that fails":     {with(pinging, "id: endpoint-mock, every: 1ms, record: nowhere/record", "  two: [browsers, sink]\n"), "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			if why := r.refused(one.bad); !strings.Contains(why, one.why) || strings.Contains(why, "closed for it") {
				t.Errorf("refused because of %s", why)
			}
			r.asBefore(3, 2)
			if one.why == "no such file" {
				return
			}
			if got := r.adopt(load(t, r.cfg.Path), true); got.OK || !strings.Contains(got.Error, one.why) {
				t.Errorf("a dry run: %+v", got)
			}
		})
	}
	close(stop)
	if n := <-last; n == 0 {
		t.Error("the browser got nothing")
	}
}

// What could not be foreseen closes endpoints for nothing, and is told with their names.
//
// fault: F12
func TestARefusedReloadSaysWhomItInterrupted(t *testing.T) {
	good := fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}"}
    - {name: browsers, id: endpoint-websocket, path: /ws}
    - {name: sink, id: endpoint-mock}
routes:
  ticks: [browsers, sink]
`, freePort(t))
	r := start(t, good)
	bad := strings.NewReplacer("path: /ws", "path: /ws, ping-interval: 7s", "sink, id: endpoint-mock", "sink, id: endpoint-mock, record: nowhere/record").Replace(good)
	const want = "closed for it, and opened again as before: browsers, sink"
	if why := r.refused(bad); !strings.Contains(why, want) {
		t.Errorf("refused because of %s", why)
	}
	r.asBefore(3, 2)
	if got := r.Status(t.Context()).Reload.Failure; !strings.Contains(got, want) {
		t.Errorf("status says %s", got)
	}
}
