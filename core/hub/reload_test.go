package hub_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A route is changed in every way there is, several times a second, under load: a browser, an acked route and a route that
// decodes notice nothing.
//
// fault: F12
func TestReloadsOfOneRouteAreUnnoticedByTheOthers(t *testing.T) {
	port := freePort(t)
	record := filepath.Join(t.TempDir(), "record")
	config := func(changing string) string {
		return fmt.Sprintf(`
global: {server-port: %d, shutdown-timeout: 5s}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: cbor, id: marshal-cbor}
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 500us, payload: "{n}", marshalling: json}
    - {name: load, id: endpoint-mock, every: 500us, payload: "{n}", ack: true}
    - {name: browsers, id: endpoint-websocket, marshalling: json}
    - {name: kept, id: endpoint-mock, record: %s}
    - {name: packed, id: endpoint-mock, marshalling: cbor}
%s
`, port, record, changing)
	}
	routes := "routes:\n  ticks: [browsers, packed%s]\n  load: [kept%s]\n"
	turns := []string{
		"    - {name: other, id: endpoint-mock}\n" + fmt.Sprintf(routes, ", other", ", other"),
		"    - {name: other, id: endpoint-mock, confirm-after: 1ms}\n" + fmt.Sprintf(routes, ", other", ", {to: other, queue: {messages: 10}}"),
		"    - {name: other, id: endpoint-mock, process: own}\n    - {name: web, id: endpoint-websocket}\n" +
			fmt.Sprintf(routes, ", {to: other, queue: {overflow: block}}", ", web") + "  web: [other]\n  browsers: [web]\n",
		fmt.Sprintf(routes, "", ""),
	}
	r := start(t, config(turns[0]))
	c := dial(t, port, "/browsers")
	stop := make(chan struct{})
	last := sequence(t, c, stop)
	began := time.Now()
	reloads := 0
	for ; time.Since(began) < 6*time.Second; reloads++ {
		r.reloaded(config(turns[(reloads+1)%len(turns)]))
	}
	close(stop)
	if n := <-last; n < 1000 {
		t.Errorf("the browser got %d messages only", n)
	}
	t.Logf("%d reloads", reloads)
	status := r.Status(t.Context())
	if status.Reload.Generation != reloads+1 || status.Reload.Time.IsZero() || status.Reload.Failure != "" {
		t.Errorf("status says %+v after %d reloads", status.Reload, reloads)
	}
	if got := len(r.endpoint("browsers").Connections); got != 1 {
		t.Errorf("%d browsers are connected", got)
	}
	if got := r.endpoint("load"); got.Restarts != 0 || got.Unrouted != 0 {
		t.Errorf("the source: %+v", got)
	}
	made := int(r.figure("load", "made"))
	eventually(t, "all that was made until now arrives", func() bool { return len(missing(numbers(t, record), made)) == 0 })
	list := numbers(t, record)
	for i, n := range list {
		if n != i+1 {
			t.Fatalf("message %d came as number %d", n, i+1)
		}
	}
	r.checkAccounts()
}

// fault: F12
func TestAHundredReloadsLeaveNothingBehind(t *testing.T) {
	config := func(more, routes string) string {
		return fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: cbor, id: marshal-cbor}
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, payload: "{n}", marshalling: json}
    - {name: sink, id: endpoint-mock}
%s
routes:
  load: [sink%s]
`, more, routes)
	}
	r := start(t, config("", ""))
	times := func(n int) resources {
		for i := range n {
			r.reloaded(config("    - {name: other, id: endpoint-mock, marshalling: cbor}", ", other, {to: other, name: again, queue: {overflow: block}}"))
			r.reloaded(config(fmt.Sprintf("    - {name: other, id: endpoint-mock, confirm-after: %dms}", i%3), ", {to: other, delivery: live}"))
			r.reloaded(config("", ""))
		}
		return r.resources()
	}
	early := times(5)
	late := times(30)
	t.Logf("after 15 reloads %+v, after 105 %+v", early, late)
	if late.goroutines > early.goroutines+5 || late.descriptors > early.descriptors+3 || late.sockets > early.sockets {
		t.Errorf("something is left behind by each reload: %+v, then %+v", early, late)
	}
	if late.memory > early.memory+4<<20 {
		t.Errorf("memory grew from %d to %d bytes", early.memory, late.memory)
	}
}

func TestAStopDuringAReloadEndsInGoodOrder(t *testing.T) {
	config := func(outlets string) string {
		return `
global: {shutdown-timeout: 2s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 0s, count: 100, ack: true}
    - {name: stuck, id: endpoint-mock, stall-after: 0}
    - {name: sink, id: endpoint-mock}
routes:
  load: [` + outlets + `]
`
	}
	r := start(t, config("sink, stuck"))
	eventually(t, "the stuck one has all", func() bool { a := r.outlet("load", "stuck").Account; return a.Queued+a.InFlight == 100 })
	if err := os.WriteFile(r.cfg.Path, []byte(config("sink")), 0o600); err != nil {
		t.Fatal(err)
	}
	next := load(t, r.cfg.Path)
	done := make(chan error, 1)
	go func() {
		_, err := r.Adopt(context.Background(), next, false)
		done <- err
	}()
	eventually(t, "the reload drains", func() bool { return len(r.Status(t.Context()).Routes[0].Outlets) == 1 })
	r.Stop()
	if err := <-done; err != nil {
		t.Errorf("the reload: %v", err)
	}
	r.stop()
	if _, err := r.Adopt(t.Context(), next, false); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("after its end the hub is reloaded: %v", err)
	}
}
