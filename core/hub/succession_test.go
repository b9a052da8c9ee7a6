package hub_test

import (
	"fmt"
	"path/filepath"
	"testing"
)

// An outlet is replaced, not changed, by each of these: what the one before holds goes to the one after.
//
// fault: F12
func TestAReplacedOutletLeavesItsQueue(t *testing.T) {
	for name, one := range map[string]struct {
		target, outlet string
		// live: the new route promises no more than that, so the source hears of it at once.
		live bool
	}{
		"strict":        {outlet: ", order: strict"},
		"no echo":       {outlet: ", echo: false"},
		"not required":  {outlet: ", required: false", live: true},
		"live":          {outlet: ", delivery: live", live: true},
		"converting":    {target: ", marshalling: other"},
		"as they come":  {target: ", marshalling: json"},
		"other process": {target: ", process: own", outlet: ", order: strict"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := filepath.Join(t.TempDir(), "record")
			config := func(stall, target, outlet string) string {
				return fmt.Sprintf(`
global: {shutdown-timeout: 300ms}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: other, id: marshal-json}
    - {name: third, id: marshal-json}
  endpoints:
    - {name: load, id: endpoint-mock, every: 0s, count: 100, payload: "{n}", ack: true, marshalling: json}
    - {name: held, id: endpoint-mock, record: %q%s%s}
routes:
  load:
    - {to: held%s}
`, record, stall, target, outlet)
			}
			before := ", marshalling: third"
			if one.target == "" || name == "other process" {
				before = ""
			}
			r := start(t, config(", stall-after: 0", before, ""))
			all := func() bool { a := r.outlet("load", "held").Account; return a.Queued+a.InFlight == 100 }
			eventually(t, "the outlet holds all", all)
			r.reloaded(config(", stall-after: 0", one.target, one.outlet))
			if settled := r.figure("load", "settled"); settled != 0 && !one.live {
				t.Errorf("%d were settled by a reload", settled)
			}
			if !all() {
				t.Errorf("after a reload: %+v", r.outlet("load", "held").Account)
			}
			r.reloaded(config("", one.target, one.outlet))
			a := r.outlet("load", "held").Account
			eventually(t, "all is delivered", func() bool { a = r.outlet("load", "held").Account; return a.Delivered+a.Dropped["plugin-lost"] == 100 })
			if a.In != 100 || !one.live && a.Delivered != 100 {
				t.Errorf("in the end: %+v", a)
			}
			eventually(t, "the source hears of it", func() bool { return r.figure("load", "settled") == 100 })
			if lacks := missing(numbers(t, record), 100); len(lacks) > 0 && a.Delivered == 100 {
				t.Errorf("%d messages did not arrive", len(lacks))
			}
		})
	}
}
