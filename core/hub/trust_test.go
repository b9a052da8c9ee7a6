package hub_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/coder/websocket"
)

// recorded is a line of a mock's record.
type recorded struct {
	Source     string            `json:"source"`
	Text       string            `json:"text"`
	Attributes map[string]string `json:"attributes"`
}

// records waits until a mock has written down n messages.
func records(t *testing.T, path string, n int) []recorded {
	t.Helper()
	var list []recorded
	eventually(t, fmt.Sprintf("%d messages are recorded", n), func() bool {
		list = nil
		file, err := os.Open(path)
		if err != nil {
			return false
		}
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			var r recorded
			if json.Unmarshal(lines.Bytes(), &r) != nil {
				return false
			}
			list = append(list, r)
		}
		return len(list) >= n
	})
	return list
}

// What a browser may try in order to look like another one or to choose who hears it: payload, headers, query.
//
// parity: W4 W5
// fault: B14
func TestABrowserCanNeitherAddressAnybodyNorPretend(t *testing.T) {
	port := freePort(t)
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: chat, id: endpoint-websocket, path: /chat}
    - {name: seen, id: endpoint-mock, record: %s}
routes:
  chat: [chat, seen]
`, port, record))
	friend, other := dial(t, port, "/chat"), dial(t, port, "/chat")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	liar, _, err := websocket.Dial(ctx, fmt.Sprintf("ws://127.0.0.1:%d/chat?to=conn:chat-1.1&conn=chat-1.1&user=root", port),
		&websocket.DialOptions{HTTPHeader: http.Header{
			"To": {"conn:chat-1.1"}, "X-To": {"conn:chat-1.1"}, "Ce-To": {"conn:chat-1.1"}, "Conn": {"chat-1.1"}, "User": {"root"},
			"X-Forwarded-For": {"10.9.8.7"}, "Source": {"bank"}, "Hops": {"7"}, "Session": {"stolen"},
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer liar.CloseNow()
	eventually(t, "all three are connected", func() bool { return len(r.endpoint("chat").Connections) == 3 })

	const envelope = `{"specversion":"1.0","id":"1","source":"/bank","type":"araldo.message","to":"conn:chat-1.1",` +
		`"conn":"chat-1.1","user":"root","peer":"10.9.8.7","hops":"7","data":{"to":"conn:chat-1.1"}}`
	send(t, liar, envelope)
	for name, c := range map[string]*websocket.Conn{"friend": friend, "other": other, "the liar itself": liar} {
		if got := read(t, c); got != envelope {
			t.Errorf("%s read %q", name, got)
		}
	}
	m := records(t, record, 1)[0]
	if m.Source != "chat" || m.Attributes["path"] != "/chat" || m.Attributes["peer"] != "127.0.0.1" ||
		m.Attributes["conn"] == "" || m.Attributes["conn"] == "chat-1.1" || m.Attributes["kind"] != "text" {
		t.Errorf("the hub's own word: %+v", m)
	}
	for _, name := range []string{"to", "user", "hops", "session", "id", "source", "time"} {
		if value, there := m.Attributes[name]; there {
			t.Errorf("a browser set %s to %q", name, value)
		}
	}
}

// An outbound to browsers carries payloads: whose they were, and from where, is not among them.
func TestABrowserSeesNobodysAddress(t *testing.T) {
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: chat, id: endpoint-websocket, path: /chat, events: true}
routes:
  chat: [{to: chat, echo: false}]
`, port))
	first := dial(t, port, "/chat")
	eventually(t, "the first is connected", func() bool { return len(r.endpoint("chat").Connections) == 1 })
	second := dial(t, port, "/chat")
	if got := read(t, first); got != "" {
		t.Errorf("the second one's arrival reads %q", got)
	}
	send(t, second, "hello")
	if got := read(t, first); got != "hello" {
		t.Errorf("got %q", got)
	}
}

// addressed runs a hub whose mock addresses the second of three browsers, and returns what each reads first, when the
// hub has made all its messages.
func addressed(t *testing.T, trust string) (read1, read2, read3 string, r *relay) {
	t.Helper()
	port := freePort(t)
	r = start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: backend, id: endpoint-mock, enabled: false, every: 0s, count: 1, payload: for one, attributes: {to: "conn:b-1.2"}%s}
    - {name: after, id: endpoint-mock, enabled: false, every: 0s, count: 1, payload: for all}
    - {name: b, id: endpoint-websocket}
routes:
  backend: [b]
  after: [b]
`, port, trust))
	var browsers [3]*websocket.Conn
	for i := range browsers {
		browsers[i] = dial(t, port, "/b")
	}
	eventually(t, "all three are connected", func() bool { return len(r.endpoint("b").Connections) == 3 })
	for _, name := range []string{"backend", "after"} {
		if err := r.SetEnabled(t.Context(), name, true); err != nil {
			t.Fatal(err)
		}
		eventually(t, name+" has spoken", func() bool { return r.outlet(name, "b").Account.Delivered == 1 })
	}
	return read(t, browsers[0]), read(t, browsers[1]), read(t, browsers[2]), r
}

func TestATrustedEndpointAddressesOneBrowser(t *testing.T) {
	for _, trust := range []string{"", ", trust: [to]"} {
		one, two, three, r := addressed(t, trust)
		if one != "for all" || two != "for one" || three != "for all" {
			t.Errorf("trust %q: the browsers read %q, %q and %q", trust, one, two, three)
		}
		if n := r.endpoint("backend").Rejected["untrusted-attribute"]; n != 0 {
			t.Errorf("trust %q: %d attributes were refused", trust, n)
		}
	}
}

// fault: B14
func TestAnUntrustedEndpointAddressesNobody(t *testing.T) {
	for _, trust := range []string{", trust: []", ", trust: [hops]"} {
		one, two, three, r := addressed(t, trust)
		if one != "for one" || two != "for one" || three != "for one" {
			t.Errorf("trust %q: the browsers read %q, %q and %q", trust, one, two, three)
		}
		if n := r.endpoint("backend").Rejected["untrusted-attribute"]; n != 1 {
			t.Errorf("trust %q: %d attributes were refused", trust, n)
		}
	}
}
