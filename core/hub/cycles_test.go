package hub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/hub"
)

// checked is what `araldo check` has to say of a configuration.
func checked(t *testing.T, text string) string {
	t.Helper()
	h, err := hub.New(load(t, write(t, text)), hub.Options{Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := h.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return problems.Error()
}

// The plugins' own claims, not the tests' inventions, show the cycles.
//
// parity: A5
func TestCyclesAreFoundByWhatPluginsClaim(t *testing.T) {
	const waits = "queue: {overflow: block}"
	for _, c := range []struct{ name, endpoints, routes, want string }{
		{"a channel to itself", `{name: talk, id: endpoint-redis, channel: talk}`, "talk: [talk]",
			"warning: messages may go round for ever: talk -> talk"},
		{"a pattern", `{name: all, id: endpoint-redis, pattern: "news.*"}, {name: eu, id: endpoint-redis, channel: news.eu}`, "all: [eu]",
			"warning: messages may go round for ever: all -> eu, heard by all"},
		{"a template", `{name: all, id: endpoint-redis, pattern: "*"}, {name: one, id: endpoint-redis, channel: "to.{kind}"}`, "all: [one]",
			"warning: messages may go round for ever: all -> one, heard by all"},
		{"another server", `{name: all, id: endpoint-redis, pattern: "*"}, {name: one, id: endpoint-redis, port: 1, channel: a}`, "all: [one]", ""},
		{"a foreign WebSocket server", `{name: in, id: endpoint-websocket-client, url: "ws://localhost:9/a?b"}, ` +
			`{name: out, id: endpoint-websocket-client, url: "ws://127.0.0.1:9/a"}`, "in: [out]",
			"warning: messages may go round for ever: in -> out, heard by in"},
		{"browsers", `{name: chat, id: endpoint-websocket}`, "chat: [chat]", ""},
		{"within the hub", `{name: circle, id: endpoint-mock, loop: true}`, "circle: [{to: circle, " + waits + "}]",
			"messages go round within the hub and each outlet waits for the next, so all would stand still: circle -> circle"},
		{"a dead letter", `{name: all, id: endpoint-redis, pattern: "*"}, {name: mock, id: endpoint-mock}, ` +
			`{name: dead, id: endpoint-redis, channel: dead}`, "all: [{to: mock, dead-letter: dead}]",
			"warning: dead letters may go round for ever: all -> dead (dead letter of mock), heard by all: name another endpoint as `dead-letter`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := checked(t, fmt.Sprintf("plugins: {endpoints: [%s]}\nroutes: {%s}\n", c.endpoints, c.routes))
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
