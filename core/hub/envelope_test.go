package hub_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// A browser asks a back end behind Redis, and the answer reaches that browser only. What the browser's own event says
// of sender, address and hops is worth nothing; the back end, which is trusted, names the connection to answer.
//
// parity: A23 W4 W7
// fault: B14
func TestAnAnswerReachesTheBrowserThatAskedAndNoOther(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  marshalling:
    - {name: events, id: marshal-json, envelope: cloudevents}
  endpoints:
    - {name: browsers, id: endpoint-websocket, path: /ws, marshalling: events}
    - {name: requests, id: endpoint-redis, url: "%[2]s", channel: requests, marshalling: events}
    - {name: answers, id: endpoint-redis, url: "%[2]s", channel: answers, marshalling: events}
routes:
  browsers: [requests]
  answers: [browsers]
`, port, url))
	subscribed(t, client, "answers")
	requests := subscribe(t, client, "requests")
	asker, other := dial(t, port, "/ws"), dial(t, port, "/ws")
	eventually(t, "both are connected", func() bool { return len(r.endpoint("browsers").Connections) == 2 })

	send(t, asker, `{"specversion":"1.0","id":"1","source":"/bank","type":"t","to":"all","conn":"browsers-1.99",`+
		`"user":"root","peer":"10.9.8.7","hops":"7","data":{"question":42}}`)
	var request map[string]any
	text := receive(t, requests).Payload
	if err := json.Unmarshal([]byte(text), &request); err != nil {
		t.Fatal(err)
	}
	conn, _ := request["conn"].(string)
	if conn == "" || conn == "browsers-1.99" || request["source"] != "/browsers" || request["hops"] != "1" {
		t.Errorf("the back end reads %s", text)
	}
	for _, name := range []string{"to", "user", "peer", "peerport", "localip", "localport"} {
		if value, there := request[name]; there {
			t.Errorf("the back end reads %s %v", name, value)
		}
	}

	answer := func(to, data string) {
		publish(t, client, "answers", fmt.Sprintf(
			`{"specversion":"1.0","id":"2","source":"/backend","type":"t"%s,"data":%q}`, to, data))
	}
	answer(fmt.Sprintf(`,"to":"conn:%s"`, conn), "for you")
	answer("", "for all")
	for c, want := range map[*websocket.Conn][]string{asker: {"for you", "for all"}, other: {"for all"}} {
		for _, data := range want {
			got := read(t, c)
			if !strings.Contains(got, fmt.Sprintf(`"data":%q`, data)) {
				t.Errorf("read %s, want %s", got, data)
			}
			for _, secret := range []string{"peer", "localip", `"to"`, "127.0.0.1"} {
				if strings.Contains(got, secret) {
					t.Errorf("a browser reads %s in %s", secret, got)
				}
			}
		}
	}
}
