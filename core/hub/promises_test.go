package hub_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestARunningHubTellsWhatItsGuaranteesRestOn(t *testing.T) {
	_, url := redisServer(t)
	text := fmt.Sprintf(`
plugins:
  endpoints:
    - {name: orders, id: endpoint-redis, url: %q, stream: orders, group: hub}
    - {name: kept, id: endpoint-mock, confirm: persisted}
    - {name: seen, id: endpoint-mock}
routes:
  orders: [kept, {to: seen, delivery: live}]
`, url)
	const reason = "orders brings again what was not settled (appendonly no), and kept confirms that it is on stable storage"
	h, log, ready := logged(t, text)
	r := &relay{t: t, Hub: h, cfg: load(t, write(t, text)), ended: make(chan error, 1)}
	go func() { r.ended <- h.Run(t.Context()) }()
	<-ready
	if o := r.outlet("orders", "kept"); o.Reason != reason || o.Ceiling != "at-least-once" {
		t.Errorf("status: ceiling %s, reason %s", o.Ceiling, o.Reason)
	}
	if o := r.outlet("orders", "seen"); o.Reason != "the file says live" || o.Ceiling != "at-least-once" || o.Guarantee != "at-most-once" {
		t.Errorf("status: guarantee %s, ceiling %s, reason %s", o.Guarantee, o.Ceiling, o.Reason)
	}
	want := `msg="outlet is acked" route=orders outlet=kept guarantee=at-least-once reason="` + reason + `"`
	if n := strings.Count(log.String(), "outlet is acked"); n != 1 || !strings.Contains(log.String(), want) {
		t.Errorf("%d lines, not %s\n%s", n, want, log.String())
	}
	r.stop()
}
