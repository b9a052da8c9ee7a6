package hub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/control"
)

// fault: F12
func TestConnectionsStandWhenRoutesBeginOrCeaseToUseAnEndpoint(t *testing.T) {
	port := freePort(t)
	config := func(routes string) string {
		return fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: ticks, id: endpoint-mock, every: 10ms}
    - {name: sink, id: endpoint-mock}
routes:
%s
`, port, routes)
	}
	r := start(t, config("  ticks: [browsers]"))
	c := dial(t, port, "/browsers")
	read(t, c)
	send(t, c, "to nobody")
	for range 3 {
		before := r.figure("sink", "received")
		r.reloaded(config("  ticks: [browsers]\n  browsers: [sink]"))
		send(t, c, "to the sink")
		eventually(t, "the sink gets it", func() bool { return r.figure("sink", "received") >= before+1 })
		r.reloaded(config("  browsers: [sink]"))
		send(t, c, "again")
		eventually(t, "the sink gets it", func() bool { return r.figure("sink", "received") >= before+2 })
		r.reloaded(config("  ticks: [browsers]"))
		send(t, c, "to nobody")
		read(t, c)
	}
	if got := r.endpoint("browsers"); got.Restarts != 0 || len(got.Connections) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestATapFollowsAReload(t *testing.T) {
	r := start(t, pair)
	events := tapped(t, r, control.TapRequest{Endpoint: "b", In: true, Out: true})
	say := func(endpoint, payload string) {
		t.Helper()
		if _, err := r.Send(t.Context(), endpoint, control.Message{Payload: []byte(payload)}); err != nil {
			t.Fatal(err)
		}
	}
	see := func(route, payload string) {
		t.Helper()
		if e := next(t, events); e.Route != route || e.Payload != payload {
			t.Errorf("the tap shows %+v, not %s of route %q", e, payload, route)
		}
	}
	say("a", "one")
	see("a", "one")
	r.reloaded(pair + "  lonely: [b]\n")
	say("lonely", "two")
	see("lonely", "two")
	r.reloaded(strings.Replace(strings.Replace(pair, "    - {name: b, id: endpoint-mock}\n", "", 1), "[b, full]", "[full]", 1))
	say("a", "unseen")
	r.reloaded(pair + "  b: [lonely]\n")
	say("b", "three")
	see("", "three")
}
