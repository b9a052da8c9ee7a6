package hub_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestAReloadLogsOnceWhatIsNew(t *testing.T) {
	text := func(id, outlets string) string {
		return fmt.Sprintf(`
plugins:
  endpoints:
    - {name: a, id: endpoint-mock, ack: true}
    - {name: b, id: endpoint-mock}
    - {name: wrong, id: %s}
    - {name: wrong-too, id: %s}
routes:
  a: [{to: b, delivery: acked, queue: {overflow: drop-oldest}}%s]
  wrong: [b, wrong-too]
`, id, id, outlets)
	}
	h, log, ready := logged(t, text("endpoint-mock", ""))
	r := &relay{t: t, Hub: h, cfg: load(t, write(t, text("endpoint-mock", ""))), ended: make(chan error, 1)}
	go func() { r.ended <- h.Run(t.Context()) }()
	<-ready
	expect := func(want int, what string) {
		t.Helper()
		if got := strings.Count(log.String(), what); got != want {
			t.Fatalf("logged %d times, not %d: %s\n%s", got, want, what, log.String())
		}
	}
	const warning = "level=WARN msg=\"overflow: drop-oldest has no effect"
	expect(1, warning)
	r.reloaded(text("endpoint-mock", ""))
	for range 2 {
		r.refused(text("endpoint-none", ""))
	}
	expect(2, `no plugin offers the id \"endpoint-none\"`)
	expect(2, "(and 1 more, which `araldo check` tells)")
	r.reloaded(text("endpoint-mock", ""))
	expect(1, warning)
	r.reloaded(text("endpoint-mock", ", {to: b, name: two, delivery: acked, queue: {overflow: drop-oldest}}"))
	expect(2, warning)
	r.stop()
}
