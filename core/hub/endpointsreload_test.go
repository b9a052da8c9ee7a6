package hub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestAnEndpointGivesItsPlaceToAnother(t *testing.T) {
	port := freePort(t)
	config := func(name, more string) string {
		return fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: ticks, id: endpoint-mock, every: 1ms, payload: "{n}"}
    - {name: %s, id: endpoint-websocket, path: /ws%s}
routes:
  ticks: [%[2]s]
`, port, name, more)
	}
	r := start(t, config("old", ""))
	for _, next := range []struct{ name, more string }{{"new", ""}, {"new", ", max-connections: 10"}, {"old", ""}} {
		c := dial(t, port, "/ws")
		read(t, c)
		r.reloaded(config(next.name, next.more))
		code := websocket.StatusGoingAway
		if next.more != "" {
			code = websocket.StatusServiceRestart
		}
		if got := closedWith(c); got != code {
			t.Errorf("the client of the one that went was closed with %d, not %d", got, code)
		}
		read(t, dial(t, port, "/ws"))
		if got := len(r.Status(t.Context()).Endpoints); got != 2 {
			t.Errorf("%d endpoints", got)
		}
	}
}

func TestSwitchingAtRunTimeSurvivesAReload(t *testing.T) {
	config := func(enabled, more string) string {
		return fmt.Sprintf(`
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock, enabled: %s%s}
routes:
  load: [sink]
`, enabled, more)
	}
	r := start(t, config("true", ""))
	if err := r.SetEnabled(t.Context(), "sink", false); err != nil {
		t.Fatal(err)
	}
	state := func(want string) {
		t.Helper()
		eventually(t, "sink is "+want, func() bool { return r.endpoint("sink").State == want })
	}
	r.reloaded(config("true", ""))
	state("disabled")
	r.reloaded(config("true", ", confirm-after: 1ms"))
	state("disabled")
	before := r.outlet("load", "sink").Account.Dropped["disabled"]
	eventually(t, "messages to it are dropped", func() bool { return r.outlet("load", "sink").Account.Dropped["disabled"] > before })
	r.reloaded(config("false", ", confirm-after: 1ms"))
	state("disabled")
	r.reloaded(config("true", ", confirm-after: 1ms"))
	state("ready")
	if err := r.SetEnabled(t.Context(), "sink", false); err != nil {
		t.Fatal(err)
	}
	r.reloaded(config("true", ""))
	state("disabled")
	r.reloaded(config("false", ""))
	r.reloaded(config("true", ""))
	state("ready")
}

func TestAnEndpointThatIsOpenedAgainKeepsItsNumbers(t *testing.T) {
	text := `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`
	r := start(t, text)
	received := uint64(0)
	for n := range 3 {
		eventually(t, "messages come", func() bool { return r.endpoint("load").Received > received+20 })
		received = r.endpoint("load").Received
		r.reloaded(strings.Replace(text, "every: 1ms", fmt.Sprintf("every: 1ms, size: %d", n+10), 1))
		if got := r.endpoint("load"); got.Received < received || got.Restarts != 0 {
			t.Errorf("%d received before, %d after; %d restarts", received, got.Received, got.Restarts)
		}
	}
}

// An endpoint of the hub's own goes on with its numbers as others do, after a reload that is refused too.
func TestTheHubsOwnEndpointKeepsItsNumbers(t *testing.T) {
	text := `
plugins:
  endpoints:
    - {name: accounts, id: endpoint-status, every: 100ms}
    - {name: last, id: endpoint-mock}
    - {name: sink, id: endpoint-mock}
routes:
  accounts: [sink]
  last: [sink]
`
	r := start(t, text)
	other := strings.Replace(text, "100ms", "150ms", 1)
	for _, next := range []func(){
		func() { r.reloaded(other) },
		func() {
			r.refused(strings.Replace(text, "last, id: endpoint-mock", "last, id: endpoint-mock, record: nowhere/record", 1))
		},
	} {
		before := r.endpoint("accounts").Received
		eventually(t, "it makes messages", func() bool { return r.endpoint("accounts").Received > before+2 })
		next()
		r.asBefore(3, 1)
	}
}
