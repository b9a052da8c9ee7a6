package hub_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"
)

// A source that a reload opens again brings what is not settled once more. What the hub still has of that is not taken twice,
// however often that happens while a target takes nothing, and its source hears of it.
//
// fault: F12
func TestWhatAReopenedSourceBringsAgainIsTakenOnce(t *testing.T) {
	const count = 500
	client, url := redisServer(t)
	record := filepath.Join(t.TempDir(), "record")
	config := func(claimIdle, stall string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 300ms}
plugins:
  endpoints:
    - {name: orders, id: endpoint-redis, url: %q, stream: orders, group: hub, claim-idle: %s}
    - {name: sink, id: endpoint-mock, record: %q%s}
routes:
  orders: [{to: sink, queue: {messages: 100}}]
`, url, claimIdle, record, stall)
	}
	r := start(t, config("1m", ", stall-after: 0"))
	for n := range count {
		if err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: "orders", Values: []any{"body", n + 1}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the outlet has all", func() bool { return r.outlet("orders", "sink").Account.In == count })
	for _, claimIdle := range []string{"2m", "3m", "4m"} {
		r.reloaded(config(claimIdle, ", stall-after: 0"))
		eventually(t, "the source is read", func() bool { return r.figure("orders", "received") == count })
	}
	if a := r.outlet("orders", "sink").Account; a.In != count {
		t.Errorf("the outlet: %+v", a)
	}
	r.reloaded(config("4m", ""))
	eventually(t, "all is acknowledged", func() bool {
		pending, err := client.XPending(t.Context(), "orders", "hub").Result()
		return err == nil && pending.Count == 0
	})
	if a := r.outlet("orders", "sink").Account; a.In != count || a.Delivered != count {
		t.Errorf("in the end: %+v", a)
	}
}
