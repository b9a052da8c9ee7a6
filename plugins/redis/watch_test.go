package redis

import (
	"context"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func TestDirectionsChangeWithoutAnInterruption(t *testing.T) {
	server := startServer(t, "--appendonly", "yes", "--appendfsync", "always", "--dir", t.TempDir())
	f := openFlow(t, ofStreamAt(server, "orders"), sdk.Instance{Inbound: true})
	f.receive(t, f.emit)
	f.expect(t, core.EventConnected)
	add(t, server.client(), "orders", "message 0")
	f.next(t, 1)
	var director sdk.Director = f.streaming
	for _, outbound := range []bool{true, true, false, true} {
		if err := director.SetDirections(context.Background(), true, outbound); err != nil {
			t.Fatal(err)
		}
	}
	server.kill()
	f.expect(t, core.EventDegraded)
	if err := director.SetDirections(context.Background(), true, false); err != nil {
		t.Fatal(err)
	}
	server.start()
	f.expect(t, core.EventRecovered)
	add(t, server.client(), "orders", "message 0")
	f.next(t, 1)
	if n := f.figure(t, "again"); n != 0 {
		t.Errorf("%d messages came again", n)
	}
}

func TestADirectionThatIsNotUsedIsNoTrouble(t *testing.T) {
	server := startServer(t)
	server.kill()
	w := speak(t, config{URL: server.url(), Channel: "orders"})
	w.expect(t, core.EventDegraded)
	if err := w.SetDirections(context.Background(), false, false); err != nil {
		t.Fatal(err)
	}
	w.expect(t, core.EventRecovered)
}
