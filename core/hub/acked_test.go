package hub_test

import (
	"fmt"
	"path/filepath"
	"testing"
)

// figure is one of an endpoint's own figures.
func (r *relay) figure(endpoint, name string) int64 {
	r.t.Helper()
	for _, f := range r.endpoint(endpoint).Figures {
		if f.Name == name {
			return f.Value
		}
	}
	r.t.Fatalf("%s has no figure %s", endpoint, name)
	return 0
}

func TestAckedFromASourceToASink(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 5000, payload: "{n}", ack: true}
    - {name: sink, id: endpoint-mock, confirm: accepted, record: %q}
routes:
  source: [{to: sink, require: at-least-once}]
`, record))
	eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == 5000 })
	o := r.outlet("source", "sink")
	if o.Mode != "acked" || o.Queue.Overflow != "block" || o.Account.Delivered != 5000 {
		t.Errorf("%+v", o)
	}
	if got := r.figure("sink", "received"); got != 5000 {
		t.Errorf("the sink received %d", got)
	}
}
