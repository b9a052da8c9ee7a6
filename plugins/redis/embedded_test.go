package redis

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func TestEmbeddedServerCarriesMessages(t *testing.T) {
	s := open(t, config{URL: "embedded://", Channel: "orders"}, sdk.Instance{Inbound: true, Outbound: true})
	s.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
		s.batches <- messages
		return nil
	})
	s.expect(t, core.EventConnected)
	foreign := client(t, fmt.Sprintf("redis://127.0.0.1:%d", s.figure(t, "port")))
	subscribers(t, foreign, "orders", 1)
	if err := s.Send(context.Background(), numbered(2)); err != nil {
		t.Fatal(err)
	}
	publish(t, foreign, "orders", "message 2")
	inOrder(t, s.next(t, 3))
	if address := fmt.Sprintf("127.0.0.1:%d", s.figure(t, "port")); !strings.Contains(s.log.text(), address) {
		t.Errorf("the log does not name %s: %s", address, s.log.text())
	}
}

func TestEndpointsOfAProcessShareTheEmbeddedServer(t *testing.T) {
	fixed := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	for listen, same := range map[string]bool{"127.0.0.1:0": true, fixed: true} {
		var servers embedded
		first, started, err := servers.use(listen)
		if err != nil || !started {
			t.Fatalf("started %v, %v", started, err)
		}
		second, started, err := servers.use(listen)
		if err != nil || started || (first == second) != same {
			t.Errorf("%s: %s and %s, started %v, %v", listen, first, second, started, err)
		}
		servers.leave(listen)
		if err := client(t, "redis://"+first).Ping(context.Background()).Err(); err != nil {
			t.Errorf("gone while still in use: %v", err)
		}
		servers.leave(listen)
		if err := client(t, "redis://"+first).Ping(context.Background()).Err(); err == nil {
			t.Error("still there after its last user")
		}
	}
}

// fault: B21
func TestEmbeddedServerOnATakenPortFailsToOpen(t *testing.T) {
	server := startServer(t)
	in := sdk.Instance{Report: func(sdk.Event) {}}
	_, err := new(opener).openWith(context.Background(), in, config{URL: fmt.Sprintf("embedded://127.0.0.1:%d", server.port), Channel: "a"}, quick)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint(server.port)) {
		t.Errorf("error %v, want one that names the port", err)
	}
}

func TestEmbeddedServerHasStreams(t *testing.T) {
	c := config{URL: "embedded://", streamConfig: streamConfig{Stream: "orders", Group: "hub", ClaimIdle: time.Second}}
	f := openFlow(t, c, sdk.Instance{Inbound: true, Outbound: true})
	f.receive(t, f.emit)
	f.expect(t, core.EventConnected)
	for mode, o := range map[string]sdk.LaneOptions{"acked": {Acked: true}, "strict": {Acked: true, Strict: true}} {
		if err := f.lane(t, o).Send(context.Background(), numbered(100)); err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		inOrder(t, f.next(t, 100))
	}
	foreign := client(t, fmt.Sprintf("redis://127.0.0.1:%d", f.figure(t, "port")))
	pending(t, foreign, "orders", "hub", 200)
	tokens := f.nextTokens(t, 200)
	if err := f.Settle(context.Background(), tokens[:150], tokens[150:]); err != nil {
		t.Fatal(err)
	}
	f.next(t, 50)
	f.settleNext(t, 50)
	pending(t, foreign, "orders", "hub", 0)
}
