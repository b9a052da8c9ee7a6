package sdk_test

import (
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

// The example does what it says.
func TestGreeter(t *testing.T) {
	h := sdktest.InMemory(t, greeterPlugin)
	if err := h.Open(t, sdktest.Instance{Name: "g", ID: "endpoint-greeter", Config: `{"greeting": "good day"}`}); err != nil {
		t.Fatal(err)
	}
	session := h.Attach(t, "g")
	session.OpenInbound(t, 1, 10, 1000)
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	session.Deliver(t, 1, 1, 1, []byte("Ada"), []byte("Grace"))
	seen := session.Wait(t, "two greetings", messages(2))
	if got := texts(seen.Messages); got[0] != "good day, Ada" || got[1] != "good day, Grace" {
		t.Errorf("got %q", got)
	}
}
