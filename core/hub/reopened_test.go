package hub_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core/control"
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

// What a source brought by routes that are taken back again, and that nobody has when they are gone, comes once more by the
// routes of before.
//
// fault: F12
func TestWhatRoutesOfAFailedReloadTookComesAgain(t *testing.T) {
	client, url := redisServer(t)
	dir := t.TempDir()
	fifo, record := filepath.Join(dir, "fifo"), filepath.Join(dir, "record")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	good := fmt.Sprintf(`
global: {shutdown-timeout: 300ms}
plugins:
  endpoints:
    - {name: orders, id: endpoint-redis, url: %q, stream: orders, group: hub, claim-idle: 1m}
    - {name: sink, id: endpoint-mock, record: %q}
    - {name: stuck, id: endpoint-mock, stall-after: 0}
    - {name: last, id: endpoint-mock}
routes:
  orders: [sink]
  last: [sink]
`, url, record)
	r := start(t, good)
	stop := feeding(t, client, "orders")
	eventually(t, "messages flow", func() bool { return r.outlet("orders", "sink").Account.Delivered > 0 })
	// The last source opens when the pipe has been written to, and fails then.
	bad := strings.NewReplacer("claim-idle: 1m", "claim-idle: 2m", "orders: [sink]", "orders: [stuck]",
		"last, id: endpoint-mock", fmt.Sprintf("last, id: endpoint-mock, payload-file: %q, record: nowhere/record", fifo)).Replace(good)
	refused := make(chan control.Reload, 1)
	cfg := load(t, write(t, bad))
	go func() {
		got, _ := r.Adopt(t.Context(), cfg, false)
		refused <- got
	}()
	eventually(t, "the new route takes something", func() bool { return r.counts()["in of orders -> stuck"] > 0 })
	pipe, err := os.OpenFile(fifo, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := pipe.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-refused; got.OK || !strings.Contains(got.Error, "no such file") {
		t.Fatalf("%+v", got)
	}
	added := stop()
	eventually(t, "all is acknowledged", func() bool {
		groups, err := client.XInfoGroups(t.Context(), "orders").Result()
		return err == nil && groups[0].Pending == 0 && groups[0].EntriesRead == int64(added)
	})
	r.stop()
	counts := arrivals(t, record)
	for n := 1; n <= added; n++ {
		if counts[n] == 0 {
			t.Fatalf("%d of %d never arrived", n, added)
		}
	}
}

// Entries of another server are others, also where their ids are those of what the hub still has.
func TestAnotherServersEntriesAreTaken(t *testing.T) {
	const count = 10
	record := filepath.Join(t.TempDir(), "record")
	var urls []string
	for server := range 2 {
		client, url := redisServer(t)
		for n := 1; n <= count; n++ {
			err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: "orders", ID: fmt.Sprintf("%d-1", n), Values: []any{"body", server*count + n}}).Err()
			if err != nil {
				t.Fatal(err)
			}
		}
		urls = append(urls, url)
	}
	config := func(url, stall string) string {
		return fmt.Sprintf(`
global: {shutdown-timeout: 300ms}
plugins:
  endpoints:
    - {name: orders, id: endpoint-redis, url: %q, stream: orders, group: hub}
    - {name: sink, id: endpoint-mock, record: %q%s}
routes:
  orders: [sink]
`, url, record, stall)
	}
	r := start(t, config(urls[0], ", stall-after: 0"))
	eventually(t, "the first server's entries are taken", func() bool { return r.outlet("orders", "sink").Account.In == count })
	r.reloaded(config(urls[1], ", stall-after: 0"))
	eventually(t, "the second one's are read", func() bool { return r.figure("orders", "received") == count })
	r.reloaded(config(urls[1], ""))
	eventually(t, "all arrive", func() bool { return r.outlet("orders", "sink").Account.Delivered == 2*count })
}
