package hub_test

import (
	"fmt"
	"strings"
	"testing"
)

// What a browser sends and its marshalling can't read is counted with the reason and the place; what is sent to it and
// JSON does not have, too. The connection lives, and the next messages pass on it.
//
// parity: W3 K14
// fault: B10 B14
func TestBadDataIsCountedAndTheConnectionLives(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: msgpack, id: marshal-msgpack}
    - {name: events, id: marshal-json, envelope: cloudevents}
  endpoints:
    - {name: browsers, id: endpoint-websocket, port: %[2]d, path: /ws, marshalling: json}
    - {name: tools, id: endpoint-websocket, port: %[2]d, path: /tools, marshalling: events}
    - {name: out, id: endpoint-redis, url: "%[1]s", channel: out, marshalling: events}
    - {name: packed, id: endpoint-redis, url: "%[1]s", channel: packed, marshalling: msgpack}
routes:
  browsers: [out]
  tools: [out]
  packed: [browsers]
`, url, port))
	sub := subscribe(t, client, "out")
	subscribed(t, client, "packed")
	c := dial(t, port, "/ws")
	for _, bad := range []string{`{"type":`, `{"a":1,"a":2}`, `{"a":["\ud800"]}`, strings.Repeat("[", 50_000)} {
		send(t, c, bad)
	}
	send(t, c, `{"a":1}`)
	if got := receive(t, sub).Payload; !strings.Contains(got, `"data":{"a":1}`) || !strings.Contains(got, `"conn":"browsers-`) || strings.Contains(got, "127.0.0.1") {
		t.Errorf("got %s", got)
	}
	eventually(t, "all four are counted", func() bool { return r.outlet("browsers", "out").Account.Dropped["undecodable"] == 4 })
	if got := r.outlet("browsers", "out").LastFailure; !strings.HasPrefix(got, "marshalling json: /0/0/") {
		t.Errorf("last failure %q", got)
	}

	publish(t, client, "packed", "\x81\xa1a\xc4\x01x", "\x81\xa1a\xc6\xff\xff\xff\xff", "\x81\xa1a\x01")
	if got := read(t, c); got != `{"a":1}` {
		t.Errorf("the browser read %s", got)
	}
	eventually(t, "both others are counted", func() bool {
		dropped := r.outlet("packed", "browsers").Account.Dropped
		return dropped["unencodable"] == 1 && dropped["undecodable"] == 1
	})

	// What an envelope says about its sender is not believed, and counted.
	send(t, dial(t, port, "/tools"), `{"specversion":"1.0","id":"1","source":"/browsers","type":"t",`+
		`"user":"root","conn":"browsers-1.1","kind":"x","to":"all","hops":"0","data":2}`)
	got := receive(t, sub).Payload
	for _, lie := range []string{"root", "browsers", `"kind":"x"`, `"to"`, `"hops":"0"`} {
		if strings.Contains(got, lie) {
			t.Errorf("%s passed: %s", lie, got)
		}
	}
	if got := r.marshalling("events").Rejected; got["attribute"] != 3 || got["untrusted-attribute"] != 2 {
		t.Errorf("rejected %v", got)
	}
}
