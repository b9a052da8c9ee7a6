package sdk_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

// director notes what it is told, and reads through a gate from readers of its own.
type director struct {
	*endpoint
	*sdk.Gate
	mu    sync.Mutex
	told  []string
	fails error
}

func (d *director) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, what)
}

func (d *director) log() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.told)
}

func (d *director) SetDirections(_ context.Context, inbound, outbound bool) error {
	if d.fails != nil {
		return d.fails
	}
	d.note(map[bool]string{true: "in", false: "-"}[inbound] + map[bool]string{true: "out", false: "-"}[outbound])
	d.Gate.SetDirections(inbound)
	return nil
}

func (d *director) Receive(ctx context.Context, emit sdk.Emit) error {
	d.note("receive")
	err := d.Gate.Receive(ctx, emit)
	d.note("received")
	return err
}

func startDirector(t *testing.T) (*director, *sdktest.Hub, *sdktest.Session) {
	t.Helper()
	d := &director{endpoint: &endpoint{}, Gate: sdk.NewGate(true)}
	h, session := start(t, d)
	session.OpenInbound(t, 1, plenty, plenty)
	return d, h, session
}

// fault: F12
func TestDirectorsGoOnWhileRoutesComeAndGo(t *testing.T) {
	d, h, session := startDirector(t)
	never := make(chan struct{})
	if !d.Deliver(text("read"), never) {
		t.Fatal("a message was not delivered")
	}
	session.Wait(t, "the first message", messages(1))
	if err := h.SetDirections("one", false, true); err != nil {
		t.Fatal(err)
	}
	if d.Deliver(text("unread"), never) {
		t.Error("a message was delivered that no route reads")
	}
	if err := h.SetDirections("one", true, true); err != nil {
		t.Fatal(err)
	}
	again := make(chan bool)
	go func() { again <- d.Deliver(text("read again"), never) }()
	session.Grant(t, 1, plenty, plenty)
	session.OpenLane(t, 1, 1, core.LaneOptions{}) // its answer comes when the grant has
	select {
	case <-again:
		t.Error("a message went out in the epoch that was over")
	default:
	}
	session.OpenInbound(t, 2, plenty, plenty)
	if !<-again {
		t.Error("no message is delivered after the inbound began again")
	}
	seen := session.Wait(t, "the second message", messages(1))
	if got := texts(seen.Messages); !slices.Equal(got, []string{"read again"}) {
		t.Errorf("the hub got %v", got)
	}
	if want := []string{"receive", "received", "-out", "inout", "receive"}; !slices.Equal(d.log(), want) {
		t.Errorf("the director was told %v, not %v", d.log(), want)
	}
}

func TestWhoWaitsForReceiveIsLetGoWhenRoutesCease(t *testing.T) {
	g := sdk.NewGate(true)
	delivered := make(chan bool)
	go func() { delivered <- g.Deliver(text("x"), nil) }()
	g.SetDirections(false)
	if <-delivered {
		t.Error("it was delivered though nobody received")
	}
}

func TestDirectorsRefusalChangesNothing(t *testing.T) {
	d, h, session := startDirector(t)
	d.fails = errors.New("not now")
	if err := h.SetDirections("one", false, true); err == nil {
		t.Fatal("the refusal is no error")
	}
	if !d.Deliver(text("still read"), nil) {
		t.Error("after a refusal the inbound is not read any more")
	}
	session.Wait(t, "the message", messages(1))
}

func TestOthersAreOpenedAnewForNewDirections(t *testing.T) {
	var mu sync.Mutex
	var opened []sdk.Instance
	fails := false
	h := sdktest.InMemory(t, sdk.Plugin{Name: "test", Types: []sdk.Type{sdk.Endpoint("endpoint-test", "for tests", both,
		func(_ context.Context, in sdk.Instance, _ noConfig) (sdk.Closer, error) {
			mu.Lock()
			defer mu.Unlock()
			opened = append(opened, in)
			if fails && in.Outbound {
				return nil, errors.New("the folder is another's")
			}
			return &endpoint{}, nil
		})}})
	if err := h.Open(t, instance); err != nil {
		t.Fatal(err)
	}
	session := h.Attach(t, "one")
	for _, outbound := range []bool{false, true} {
		if err := h.SetDirections("one", true, outbound); err != nil {
			t.Fatal(err)
		}
	}
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	session.Deliver(t, 1, 1, 1, []byte("to the new one"))
	session.Wait(t, "its receipt", func(seen *sdktest.Seen) bool { l := seen.Lanes[1]; return l != nil && l.UpTo == 1 })
	if err := h.SetDirections("one", true, false); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	fails = true
	mu.Unlock()
	if err := h.SetDirections("one", true, true); err == nil {
		t.Error("what can't be opened is no error")
	}
	mu.Lock()
	defer mu.Unlock()
	if last := opened[len(opened)-1]; len(opened) != 6 || last.Outbound {
		t.Errorf("%d openings, the last with outbound %v: it must be open as before", len(opened), last.Outbound)
	}
}
