package hub_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A reload that fails with its last step, the opening of a source, has by then opened all else. The routes that it was to
// change miss nothing, whatever it was to change in them, and their accounts know of nothing else.
//
// fault: F12
func TestAFailedReloadTakesNothing(t *testing.T) {
	const why = "no such file or directory"
	dir := t.TempDir()
	good := fmt.Sprintf(`
global: {shutdown-timeout: 5s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, payload: "{n}", ack: true}
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}"}
    - {name: acked, id: endpoint-mock, record: %q}
    - {name: live, id: endpoint-mock, record: %q}
    - {name: last, id: endpoint-mock}
    - {name: spare, id: endpoint-mock}
routes:
  last: [spare]
  load: [{to: acked, queue: {messages: 100000}}]
  ticks: [{to: live, queue: {messages: 100000}}]
`, filepath.Join(dir, "acked"), filepath.Join(dir, "live"))
	r := start(t, good)
	spoiled := strings.NewReplacer("last, id: endpoint-mock", "last, id: endpoint-mock, record: nowhere/record",
		"routes:\n", "    - {name: else, id: endpoint-mock}\nroutes:\n").Replace(good)
	replaced := strings.ReplaceAll(spoiled, "messages: 100000}", "messages: 100000}, order: strict")
	for i := range 6 {
		bad := replaced
		if i%2 == 0 {
			bad = strings.NewReplacer("to: acked", "to: else", "to: live", "to: else").Replace(spoiled)
		}
		if got := r.refused(bad); !strings.Contains(got, why) {
			t.Fatal(got)
		}
	}
	for _, one := range []struct{ source, sink string }{{"load", "acked"}, {"ticks", "live"}} {
		made := int(r.figure(one.source, "made"))
		eventually(t, "all that was made arrives at "+one.sink, func() bool {
			return len(missing(numbers(t, filepath.Join(dir, one.sink)), made)) == 0
		})
		if a := r.outlet(one.source, one.sink).Account; int(a.In) < made || len(a.Dropped) > 0 {
			t.Errorf("%d were made, %s has %+v", made, one.sink, a)
		}
	}
	// Sources that it was to open again as well bring what they bring by the new routes until it fails.
	for range 2 {
		if got := r.refused(strings.ReplaceAll(replaced, `"{n}"`, `"{n}", attributes: {a: b}`)); !strings.Contains(got, why) {
			t.Fatal(got)
		}
		r.asBefore(6, 1)
	}
	for _, one := range []struct{ source, sink string }{{"load", "acked"}, {"ticks", "live"}} {
		before := r.outlet(one.source, one.sink).Account
		eventually(t, one.sink+" gets what follows", func() bool {
			return r.outlet(one.source, one.sink).Account.Delivered > before.Delivered+100
		})
		if a := r.outlet(one.source, one.sink).Account; len(a.Dropped) > 0 {
			t.Errorf("%s has %+v", one.sink, a)
		}
	}
	r.stop()
	for _, one := range []struct{ source, sink string }{{"load", "acked"}, {"ticks", "live"}} {
		if received, in := r.endpoint(one.source).Received, r.outlet(one.source, one.sink).Account.In; in != received {
			t.Errorf("%s brought %d messages, the account of %s has %d", one.source, received, one.sink, in)
		}
	}
}
