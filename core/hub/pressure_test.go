package hub_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// Many sources flood two outlets, one of which has the messages decoded and encoded on their way: each source's messages
// arrive at each of them in their order and without a gap.
//
// parity: W12 A22
func TestEachSourceKeepsItsOrderUnderLoad(t *testing.T) {
	const sources, each = 8, 2000
	client, url := redisServer(t)
	port := freePort(t)
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: packed, id: marshal-msgpack}
  endpoints:
    - {name: browsers, id: endpoint-websocket, marshalling: json}
    - {name: seen, id: endpoint-mock, record: %s}
    - {name: log, id: endpoint-redis, url: "%s", stream: log, marshalling: packed}
routes:
  browsers:
    - {to: seen, queue: {overflow: block}}
    - {to: log, queue: {overflow: block}}
`, port, record, url))
	var all sync.WaitGroup
	for source := range sources {
		c := dial(t, port, "/browsers")
		all.Go(func() {
			for n := range each {
				if err := c.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, "%d", source*each+n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	var list []int
	for _, m := range records(t, record, sources*each) {
		n, _ := strconv.Atoi(m.Text)
		list = append(list, n)
	}
	inOrder(t, "seen", list, each)
	eventually(t, "all is in the stream", func() bool { return client.XLen(t.Context(), "log").Val() == sources*each })
	entries, err := client.XRange(t.Context(), "log", "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	list = nil
	for _, entry := range entries {
		list = append(list, unpacked(entry.Values["body"].(string)))
	}
	inOrder(t, "log", list, each)
	if got := r.outlet("browsers", "log").Account.Dropped; len(got) > 0 {
		t.Errorf("dropped %v", got)
	}
}

// unpacked is a whole number in MessagePack.
func unpacked(text string) (n int) {
	if text[0] < 0x80 {
		return int(text[0])
	}
	for i := 1; i < len(text); i++ {
		n = n<<8 | int(text[i])
	}
	return n
}

// inOrder: of each run of so many numbers, one source's, all are there and in their order.
func inOrder(t *testing.T, where string, list []int, each int) {
	t.Helper()
	next := map[int]int{}
	for _, n := range list {
		source := n / each
		if n%each != next[source] {
			t.Errorf("%s has number %d of source %d where %d is due", where, n%each, source, next[source])
			return
		}
		next[source]++
	}
	for source, n := range next {
		if n != each {
			t.Errorf("%s has %d messages of source %d", where, n, source)
		}
	}
}

// A client floods a target that is slow, with an outlet that blocks: what waits in the hub stays within queue and window,
// the client is not read any further, and nothing is lost.
//
// parity: K13
func TestASlowTargetHoldsTheClientBack(t *testing.T) {
	const messages = 20_000
	const window = 4096 // what a source may have on its way
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: slow, id: endpoint-mock, confirm-after: 50ms}
routes:
  browsers:
    - {to: slow, queue: {messages: 64, overflow: block}}
`, port))
	c := dial(t, port, "/browsers")
	payload := []byte(strings.Repeat("x", 1024))
	written := make(chan error, 1)
	go func() {
		for range messages {
			if err := c.Write(t.Context(), websocket.MessageBinary, payload); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	most := uint64(0)
	eventually(t, "all has arrived", func() bool {
		a := r.outlet("browsers", "slow").Account
		most = max(most, a.Queued+a.InFlight)
		return a.Delivered == messages
	})
	if err := <-written; err != nil {
		t.Error(err)
	}
	a := r.outlet("browsers", "slow").Account
	if most > 2*window+64 || most < 64 || len(a.Dropped) > 0 || a.In != messages {
		t.Errorf("up to %d messages were in the hub, account %+v", most, a)
	}
}

// A target that never takes anything stands beside one that does: the latter gets every message of the flood, and the
// loss of the former is counted.
//
// parity: K19 A3
// fault: F7
func TestAFullTargetStopsNoOtherUnderLoad(t *testing.T) {
	const messages = 50_000
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
global: {shutdown-timeout: 1s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 0s, count: %d, payload: "{n}"}
    - {name: stuck, id: endpoint-mock, process: own, stall-after: 0, timeout: 1h}
    - {name: seen, id: endpoint-mock, process: own, record: %s}
routes:
  load:
    - {to: stuck, queue: {messages: 100}}
    - {to: seen, queue: {overflow: block}}
`, messages, record))
	list := records(t, record, messages)
	for i, m := range list {
		if m.Text != strconv.Itoa(i+1) {
			t.Fatalf("message %d is %s", i+1, m.Text)
		}
	}
	stuck := r.outlet("load", "stuck").Account
	if stuck.Dropped["overflow"] == 0 || stuck.Queued > 100 || stuck.Delivered > 0 || stuck.In != messages {
		t.Errorf("the stuck one's account: %+v", stuck)
	}
}

// What comes while Redis is not up is held, in number and by age, and is there when Redis is.
//
// parity: W10
func TestATargetThatStartsLaterFindsWhatWasHeld(t *testing.T) {
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: early, id: endpoint-mock, every: 0s, count: 500, payload: "{n}"}
    - {name: kept, id: endpoint-redis, port: %[1]d, stream: kept}
    - {name: old, id: endpoint-redis, port: %[1]d, stream: old}
routes:
  early:
    - {to: kept, delivery: live, queue: {messages: 10}, hold: {messages: 300, age: 1h}}
    - {to: old, delivery: live, hold: {age: 1s}}
`, port))
	eventually(t, "all that is too much or too old is counted", func() bool {
		kept, old := r.outlet("early", "kept").Account, r.outlet("early", "old").Account
		return kept.Dropped["overflow"] == 200 && kept.Queued+kept.InFlight == 300 && old.Expired == 500
	})
	redisAt(t, port)
	eventually(t, "what was held has arrived", func() bool {
		a := r.outlet("early", "kept").Account
		return a.Delivered == 300 && a.Queued == 0
	})
}
