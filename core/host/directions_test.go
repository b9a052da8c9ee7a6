package host

import (
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// newOutward opens an endpoint that no route reads, with one lane.
func newOutward(t *testing.T, mode string) *bench {
	t.Helper()
	f := newFixture(t)
	b := &bench{fixture: f, plugin: f.start(t, testSpec(t, mode)), inlet: &inlet{}, outlet: &outlet{}}
	b.endpoint = b.plugin.Add(Instance{Name: "one", ID: "endpoint-test", Config: []byte("{}"), Outbound: true, Enabled: true}, b.inlet)
	b.endpoint.AddLane(core.LaneOptions{Source: "somewhere"}, b.outlet)
	if err := b.endpoint.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.outlet.sendAll(t, "quiet")
	return b
}

// fault: F12
func TestInboundBeginsOnTheStreamThatStands(t *testing.T) {
	b := newOutward(t, "good")
	if err := b.endpoint.SetDirections(t.Context(), true, true); err != nil {
		t.Fatal(err)
	}
	b.expectLog(t, "inbound=true outbound=true")
	b.outlet.sendAll(t, "hello")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "hello" })
	for range 3 {
		if err := b.endpoint.SetDirections(t.Context(), false, true); err != nil {
			t.Fatal(err)
		}
		if err := b.endpoint.SetDirections(t.Context(), true, true); err != nil {
			t.Fatal(err)
		}
	}
	b.outlet.sendAll(t, "again")
	eventually(t, "the second echo", func() bool { return b.inlet.payloads() == "hello again" })
	if downs := b.outlet.downs(); len(downs) != 0 {
		t.Errorf("the lane heard Down %v", downs)
	}
	if s := b.endpoint.Status(); s.Restarts != 0 || len(s.Rejected) != 0 {
		t.Errorf("status %+v", s)
	}
}

func TestDirectionsHoldInTheNextProcess(t *testing.T) {
	b := newOutward(t, "good")
	if err := b.endpoint.SetDirections(t.Context(), true, true); err != nil {
		t.Fatal(err)
	}
	b.outlet.sendAll(t, "die")
	eventually(t, "Down", func() bool { return len(b.outlet.downs()) == 1 })
	b.outlet.sendAll(t, "hello")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "hello" })
}

func TestPluginThatKnowsNoDirectionsIsOpenedAnew(t *testing.T) {
	b := newOutward(t, "old")
	if err := b.endpoint.SetDirections(t.Context(), true, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Down", func() bool { return len(b.outlet.downs()) > 0 })
	b.outlet.sendAll(t, "hello")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "hello" })
	b.expectLog(t, "CLOSE_REASON_RESTART")
	if s := b.endpoint.Status(); s.Restarts != 0 || strings.Contains(s.Cause, "anew") {
		t.Errorf("status %+v", s)
	}
}
