package hub_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Entries of a stream that are no messages go the way of all poison: to the dead letter, dropped with a reason or holding
// the outlet, and are acknowledged when that is done.
//
// fault: B12
func TestEntriesThatAreNoMessagesGoTheWayOfPoison(t *testing.T) {
	client, url := redisServer(t)
	folder := filepath.Join(t.TempDir(), "broken")
	r := start(t, fmt.Sprintf(`
global: {max-message: 64KiB, shutdown-timeout: 500ms}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: msgpack, id: marshal-msgpack}
  endpoints:
    - {name: orders, id: endpoint-redis, url: "%[1]s", stream: orders, group: hub, marshalling: json}
    - {name: held, id: endpoint-redis, url: "%[1]s", stream: held, group: hub}
    - {name: archive, id: endpoint-mock, confirm: persisted}
    - {name: packed, id: endpoint-mock, confirm: persisted, marshalling: msgpack}
    - {name: broken, id: endpoint-file, path: %[2]q, sync: write}
routes:
  orders:
    - {to: archive, dead-letter: broken}
    - {to: archive, name: drops, on-poison: drop, when: '!has(attributes.kind)'}
    - {to: packed, name: decoded, dead-letter: broken}
    - {to: packed, name: filtered, delivery: live, when: data.n == 2}
  held: [{to: archive, on-poison: block}]
`, url, folder))
	entries := [][]any{{"body", `{"n":1}`}, {"name", "no body", "bytes", "\xff"},
		{"body", strings.Repeat("x", 64<<10+1)}, {"body", "{}", "note", strings.Repeat("y", 64<<10)}, {"body", `{"n":2}`}}
	var ids []string
	for _, values := range entries {
		for _, stream := range []string{"orders", "held"} {
			id, err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: values}).Result()
			if err != nil {
				t.Fatal(err)
			}
			if stream == "orders" {
				ids = append(ids, id)
			}
		}
	}
	pending := func(stream string) int64 {
		p, err := client.XPending(t.Context(), stream, "hub").Result()
		if err != nil {
			return -1
		}
		return p.Count
	}
	eventually(t, "all passed", func() bool {
		return pending("orders") == 0 && r.outlet("orders", "archive").Account.Delivered == 2 &&
			r.outlet("orders", "decoded").Account.Delivered == 2 && r.outlet("orders", "drops").Account.Delivered == 2
	})
	for name, want := range map[string]uint64{"archive": 3, "decoded": 3} {
		if a := r.outlet("orders", name).Account; a.DeadLettered != want || a.In != 5 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for name, filtered := range map[string]uint64{"drops": 0, "filtered": 1} {
		a := r.outlet("orders", name).Account
		if a.Dropped["undecodable"] != 1 || a.Dropped["too-large"] != 2 || a.Filtered != filtered || a.In != 5 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	checkDescriptions(t, folder, ids)

	eventually(t, "the outlet holds", func() bool {
		o := r.outlet("held", "archive")
		return o.Account.Delivered == 1 && o.Account.Queued == 4 && pending("held") == 4
	})
	if text := r.outlet("held", "archive").LastFailure; !strings.Contains(text, "no field body") {
		t.Errorf("last failure %q", text)
	}
}

// checkDescriptions looks at the dead letters, which describe the entries of those ids that are no messages, for two outlets.
func checkDescriptions(t *testing.T, folder string, ids []string) {
	t.Helper()
	messages, stories := letters(t, folder)
	if len(messages) != 6 {
		t.Fatalf("%d dead letters", len(messages))
	}
	found := map[string]int{}
	for i, m := range messages {
		found[fmt.Sprintf("%s %s", stories[i].Reason, m.Payload)]++
		if !strings.Contains(stories[i].Error, "of the stream orders") || m.Header.ContentType != "application/json" {
			t.Errorf("%+v, %+v", stories[i], m.Header)
		}
	}
	for _, want := range []string{
		`undecodable {"stream":"orders","entry":"` + ids[1] + `","fields":[["name","no body"],["bytes",{"base64":"/w=="}]]}`,
		`too-large {"stream":"orders","entry":"` + ids[2] + `"}`, `too-large {"stream":"orders","entry":"` + ids[3] + `"}`,
	} {
		if found[want] != 2 {
			t.Errorf("%d times %s, of %v", found[want], want, found)
		}
	}
}
