package hub_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// buried is a relay of ten messages that wait for a dead letter which is switched off, and the configuration that it has
// with another outlet.
func buried(t *testing.T) (r *relay, with func(outlet string) string) {
	dir := t.TempDir()
	with = func(outlet string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 300ms}
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 10, payload: "{n}", ack: true}
    - {name: sink, id: endpoint-mock, fail: {class: permanent}}
    - {name: broken, id: endpoint-file, path: %q, enabled: false}
    - {name: other, id: endpoint-file, path: %q}
routes:
  source: [{to: sink%s}]
`, filepath.Join(dir, "broken"), filepath.Join(dir, "other"), outlet)
	}
	r = start(t, with(", dead-letter: broken"))
	eventually(t, "dead letters wait", func() bool { return r.outlet("source", "sink/broken").Account.Queued == 10 })
	return r, with
}

// What waits for a dead letter that can't take it goes to the one that a reload names instead, and is not said to be
// anywhere before.
//
// fault: F12
func TestAnotherDeadLetterGetsWhatWaits(t *testing.T) {
	r, with := buried(t)
	folder := r.endpoint("other").Settings["path"].(string)
	result := r.reloaded(with(", dead-letter: other"))
	if len(result.Remarks) > 0 {
		t.Errorf("the reload says %q", result.Remarks)
	}
	eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == 10 })
	if a := r.outlet("source", "sink").Account; a.DeadLettered != 10 {
		t.Errorf("the outlet: %+v", a)
	}
	if found, _ := letters(t, folder); len(found) != 10 {
		t.Errorf("%d dead letters are in the folder", len(found))
	}
}

// Without a dead letter what waits for one is what it was before: poison, which holds an acked outlet.
//
// fault: F12
func TestWithoutADeadLetterWhatWaitsIsPoison(t *testing.T) {
	for name, one := range map[string]struct {
		outlet    string
		held      bool
		otherwise uint64
	}{
		"block":         {outlet: "", held: true},
		"drop":          {outlet: ", on-poison: drop"},
		"another order": {outlet: ", order: strict", held: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, with := buried(t)
			r.reloaded(with(one.outlet))
			if !one.held {
				eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == 10 })
			}
			o := r.outlet("source", "sink")
			if held := strings.Contains(o.Paused, "can't take the first message"); held != one.held {
				t.Errorf("paused %q", o.Paused)
			}
			if a := o.Account; a.DeadLettered != 0 || one.held && a.Queued+a.InFlight != 10 || !one.held && a.Dropped["refused"] != 10 {
				t.Errorf("the outlet: %+v", a)
			}
			if one.held && r.figure("source", "settled") != 0 {
				t.Errorf("%d are settled", r.figure("source", "settled"))
			}
		})
	}
}
