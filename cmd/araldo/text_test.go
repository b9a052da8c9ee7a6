package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

func example() control.Status {
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	return control.Status{
		Version: "1.2.3", PID: 4711, Since: at, UptimeSeconds: 3723.4, Config: "/etc/araldo.yaml", DataDir: "/var/lib/araldo",
		Plugins: []control.Plugin{
			{Name: "websocket", Version: "1.2.3", PID: 4712, State: "ready", Since: at.Add(time.Second),
				IDs: []control.Type{{ID: "endpoint-websocket", Kind: "endpoint", Summary: "WebSocket server"}}},
			{Name: "redis", Version: "1.2.3", Path: "/p/araldo-plugin-redis", State: "backoff", Since: at.Add(time.Hour), Restarts: 2,
				LastError: "signal: killed", Sandbox: "best-effort: files and TCP ports (Landlock ABI 5)", Log: []string{"connected", "bye"}},
		},
		Endpoints: []control.Endpoint{
			{Name: "browsers", ID: "endpoint-websocket", Summary: "WebSocket server", Plugin: "websocket", Marshalling: "json", State: "ready",
				Since: at.Add(2 * time.Second), Enabled: true, Received: 12, ReceivedBytes: 345, Unrouted: 1,
				Rejected: map[string]uint64{"reserved": 2, "bad-name": 1, "never": 0}, Gaps: 1,
				Claims: []string{"listen:127.0.0.1:54321/ws"}, Settings: map[string]any{"path": "/ws", "origins": []any{"http://a"}},
				Figures:     []control.Figure{{Name: "clients", Value: 1}},
				Connections: []control.Connection{{ID: "browsers-1.1", Peer: "127.0.0.1:50000", Since: at.Add(3600 * time.Second), Queued: 3, Lost: 4}}},
			{Name: "orders", ID: "endpoint-redis", Plugin: "redis", State: "degraded", Cause: "connection refused\x1b[2J\nbye", Since: at.Add(time.Hour),
				Enabled: true, Restarts: 2},
		},
		Marshallings: []control.Marshalling{{Name: "json", ID: "marshal-json", Plugin: "websocket", State: "ready",
			Since: at.Add(time.Second), Envelope: true, Decoded: 5, Encoded: 4, Failed: 1}},
		Routes: []control.Route{
			{Inbound: "orders", Outlets: []control.Outlet{{Name: "browsers", To: "browsers", Mode: "live", Guarantee: "at-most-once", When: "data.total > 100",
				Account: control.Account{In: 10, Delivered: 10}}}},
			{Inbound: "browsers", Outlets: []control.Outlet{{Name: "archive", To: "orders", Mode: "live", Guarantee: "at-most-once",
				Account: control.Account{In: 20, Delivered: 5, Filtered: 1, Queued: 4, InFlight: 2, Retried: 3,
					Dropped: map[string]uint64{"overflow": 7, "plugin-lost": 1}},
				OldestAgeSeconds: 1.5, Paused: "the endpoint is in backoff", LastFailure: "connection reset"}}},
		},
	}
}

// golden compares with a file, which is written anew where ARALDO_UPDATE is set.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if os.Getenv("ARALDO_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s (%v):\n%s\ngot:\n%s", path, err, want, got)
	}
}

// parity: A20
func TestStatusAsText(t *testing.T) {
	for name, file := range map[string]string{"": "status.txt", "browsers": "browsers.txt", "orders": "orders.txt", "json": "json.txt", "redis": "redis.txt"} {
		status := example()
		if name != "" {
			var err error
			if status, err = only(status, name); err != nil {
				t.Fatal(err)
			}
		}
		var out strings.Builder
		if err := printStatus(screen{w: &out}, formatText, status, name); err != nil {
			t.Fatal(err)
		}
		golden(t, file, out.String())
	}
}

func TestStatusAsJSONIsTheHubsAnswer(t *testing.T) {
	var out strings.Builder
	if err := printStatus(screen{w: &out}, formatJSON, example(), ""); err != nil {
		t.Fatal(err)
	}
	var back control.Status
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	if back.Routes[1].Outlets[0].Account.Dropped["overflow"] != 7 || back.Endpoints[1].Cause != example().Endpoints[1].Cause {
		t.Errorf("got %+v", back)
	}
}

func TestStatusOfAnUnknownName(t *testing.T) {
	_, err := only(example(), "redsi")
	if err == nil || err.Error() != `there is no endpoint, marshalling or plugin "redsi"` || hint(err) != `did you mean "redis"?` {
		t.Errorf("%v, hint %q", err, hint(err))
	}
}
