package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/hub"
)

// told is a message of an endpoint-status.
type told struct {
	Endpoints []struct {
		Name, State string
		Enabled     bool
		Received    uint64
		Clients     *int
	}
	Routes []control.Route
}

// nextReport waits for a report for which something holds.
func nextReport(t *testing.T, c *websocket.Conn, what string, holds func(told) bool) told {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		var got told
		if err := json.Unmarshal([]byte(read(t, c)), &got); err != nil {
			t.Fatal(err)
		}
		if holds(got) {
			return got
		}
	}
	t.Fatalf("no report within %v: %s", patience, what)
	return told{}
}

// A report says of every route but its own what status says at that time, and of the endpoints how they are.
func TestReportsSayWhatStatusSays(t *testing.T) {
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 1ms, count: 25, payload: hello}
    - {name: sink, id: endpoint-mock}
    - {name: off, id: endpoint-mock, enabled: false}
    - {name: accounts, id: endpoint-status, every: 100ms}
    - {name: page, id: endpoint-websocket, path: /status}
routes:
  source: [sink, {to: page, name: nobody}]
  off: [sink]
  accounts: [page]
`, port))
	eventually(t, "all is settled", func() bool { return r.outlet("source", "sink").Account.Delivered == 25 })
	page := dial(t, port, "/status")
	got := nextReport(t, page, "with its reader in it", func(got told) bool {
		return got.Endpoints[4].Clients != nil && *got.Endpoints[4].Clients == 1
	})
	status := r.Status(t.Context())
	for i, route := range status.Routes {
		for n := range route.Outlets {
			route.Outlets[n].Reason = "" // it speaks of settings
		}
		if route.Inbound != "accounts" && !reflect.DeepEqual(got.Routes[i], route) {
			t.Errorf("reported %+v\nstatus   %+v", got.Routes[i], route)
		}
	}
	for i, e := range got.Endpoints {
		in := status.Endpoints[i]
		if e.Name != in.Name || e.State != in.State || e.Enabled != in.Enabled || e.Name != "accounts" && e.Received != in.Received {
			t.Errorf("reported %+v, status has %+v", e, in)
		}
	}
	if own := r.endpoint("accounts"); own.Plugin != "hub" || own.State != "ready" || own.Received == 0 || own.Settings["every"] != "100ms" {
		t.Errorf("status shows %+v", own)
	}
}

func TestReportsPauseWhileDisabled(t *testing.T) {
	r := start(t, `
plugins:
  endpoints:
    - {name: accounts, id: endpoint-status, every: 100ms, enabled: false}
    - {name: sink, id: endpoint-mock}
routes:
  accounts: [sink]
`)
	if own := r.endpoint("accounts"); own.State != "disabled" || own.Received != 0 {
		t.Fatalf("%+v", own)
	}
	if err := r.SetEnabled(t.Context(), "accounts", true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a report arrives", func() bool { return r.outlet("accounts", "sink").Account.Delivered > 0 })
	if err := r.SetEnabled(t.Context(), "accounts", false); err != nil {
		t.Fatal(err)
	}
	if state := r.endpoint("accounts").State; state != "disabled" {
		t.Errorf("state %s", state)
	}
}

func TestCheckKnowsTheHubsOwnId(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"too often": {`
plugins:
  endpoints:
    - {name: accounts, id: endpoint-status, every: 50ms}
    - {name: sink, id: endpoint-mock}
routes: {accounts: [sink]}`, `:4:52: endpoint accounts: every: "50ms" is too often, must be at least 100ms`},
		"no duration": {`
plugins:
  endpoints:
    - {name: accounts, id: endpoint-status, every: often}
    - {name: sink, id: endpoint-mock}
routes: {accounts: [sink]}`, `:4:52: `},
		"unknown key": {`
plugins:
  endpoints:
    - {name: accounts, id: endpoint-status, evry: 1s}
    - {name: sink, id: endpoint-mock}
routes: {accounts: [sink]}`, `did you mean "every"?`},
		"a target": {`
plugins:
  endpoints:
    - {name: accounts, id: endpoint-status}
    - {name: source, id: endpoint-mock}
routes: {source: [accounts]}`, "accounts"},
		"misspelt": {`
plugins:
  endpoints:
    - {name: accounts, id: endpoint-statu}
    - {name: sink, id: endpoint-mock}
routes: {accounts: [sink]}`, `did you mean "endpoint-status"?`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := load(t, write(t, test.text))
			h, err := hub.New(cfg, hub.Options{Log: testLog(t)})
			if err != nil {
				t.Fatal(err)
			}
			problems, err := h.Check(context.Background())
			if err != nil || !problems.Failed() || !strings.Contains(problems.Error(), test.want) {
				t.Errorf("%v, %v: want %s", problems, err, test.want)
			}
		})
	}
}

func TestTheStatusExampleRuns(t *testing.T) {
	cfg := load(t, filepath.Join("..", "..", "routes", "examples", "status.yaml"))
	h, err := hub.New(cfg, hub.Options{Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := h.Check(t.Context())
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// Whoever the reports are routed to learns what was lost, and not why.
func TestReportsKeepCausesToThemselves(t *testing.T) {
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 1ms, count: 5}
    - {name: sink, id: endpoint-mock, fail: {class: permanent}}
    - {name: accounts, id: endpoint-status, every: 100ms}
    - {name: page, id: endpoint-websocket, path: /status}
routes:
  source: [sink]
  accounts: [page]
`, port))
	eventually(t, "all have failed", func() bool { return r.outlet("source", "sink").Account.Dropped["refused"] == 5 })
	if r.outlet("source", "sink").LastFailure == "" {
		t.Fatal("status does not say why")
	}
	nextReport(t, dial(t, port, "/status"), "with the loss and no cause", func(got told) bool {
		o := got.Routes[0].Outlets[0]
		return o.Account.Dropped["refused"] == 5 && o.LastFailure == ""
	})
}
