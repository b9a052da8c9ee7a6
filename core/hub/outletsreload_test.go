package hub_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

// fault: F12
func TestARemovedOutletIsDrained(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	config := func(endpoint, outlet string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 10s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 0s, count: 500, payload: "{n}"}
    - {name: other, id: endpoint-mock}
%s
routes:
  load: [other%s]
`, endpoint, outlet)
	}
	slow := fmt.Sprintf("    - {name: slow, id: endpoint-mock, record: %s, confirm-after: 300ms}", record)
	r := start(t, config(slow, ", slow"))
	eventually(t, "all is queued", func() bool { return r.outlet("load", "slow").Account.In == 500 })
	r.reloaded(config("", ""))
	if lacks := missing(numbers(t, record), 500); len(lacks) > 0 {
		t.Errorf("%d messages of the removed outlet did not arrive", len(lacks))
	}
	if got := len(r.Status(t.Context()).Endpoints); got != 2 {
		t.Errorf("%d endpoints", got)
	}
}

// fault: F12
func TestAckedLeftoversOfARemovedOutletAreSettled(t *testing.T) {
	config := func(outlets string) string {
		return `
global: {shutdown-timeout: 300ms}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 0s, count: 100, payload: "{n}", ack: true}
    - {name: stuck, id: endpoint-mock, stall-after: 0}
    - {name: sink, id: endpoint-mock}
routes:
  load: [` + outlets + `]
`
	}
	var log lockedBuffer
	r := startLogging(t, config("sink, stuck"), slog.New(slog.NewTextHandler(&log, nil)))
	eventually(t, "the stuck one has all", func() bool { a := r.outlet("load", "stuck").Account; return a.Queued+a.InFlight == 100 })
	if got := r.figure("load", "settled"); got != 0 {
		t.Fatalf("%d are settled already", got)
	}
	got := r.reloaded(config("sink"))
	if want := "[outlet load -> stuck was removed with 100 messages, which are dropped]"; fmt.Sprint(got.Remarks) != want {
		t.Errorf("the result says %q, not %s", got.Remarks, want)
	}
	if !strings.Contains(log.String(), `msg="messages were dropped" route=load outlet=stuck reason=removed count=100`) {
		t.Error("the log does not say what was dropped")
	}
	eventually(t, "the source hears that all is settled", func() bool { return r.figure("load", "settled") == 100 })
}

// Accounts and taps belong to the names; a queue goes on where only its bounds change, and no number goes back.
func TestAccountsNeverGoBack(t *testing.T) {
	config := func(sink, outlet string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 5s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 200us, payload: "{n}", ack: true}
    - {name: sink, id: endpoint-mock%s}
    - {name: else, id: endpoint-mock}
routes:
  load:
    - {to: sink, name: one%s}
`, sink, outlet)
	}
	r := start(t, config("", ""))
	var in, delivered uint64
	for _, next := range []struct{ sink, outlet string }{
		{"", ", queue: {messages: 10}"},
		{"", ", ttl: 1h, retry: {initial: 1s}"},
		{"", ", delivery: live"},
		{"", ", delivery: live, queue: {overflow: block}"},
		{", confirm-after: 1ms", ", order: strict"},
		{", process: own", ""},
		{"", ", dead-letter: else"},
		{"", ", dead-letter: else, queue: {messages: 500}"},
		{"", ""},
	} {
		eventually(t, "messages flow", func() bool {
			a := r.outlet("load", "one").Account
			if a.In < in || a.Delivered < delivered {
				t.Fatalf("with %+v to come, in went from %d to %d, delivered from %d to %d", next, in, a.In, delivered, a.Delivered)
			}
			flows := a.In > in+20 && a.Delivered > delivered+20
			if flows {
				in, delivered = a.In, a.Delivered
			}
			return flows
		})
		r.reloaded(config(next.sink, next.outlet))
	}
	if dropped := r.outlet("load", "one").Account.Dropped; len(dropped) > 0 {
		t.Errorf("dropped: %v", dropped)
	}
}
