package websocket

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// parity: A14 D7 D8 K2
func TestMessagesCarryTheirConnection(t *testing.T) {
	s := serve(t, defaults())
	c := s.dial(t, nil)
	write(t, c, websocket.MessageText, "héllo")
	write(t, c, websocket.MessageBinary, "\xff\x00")
	text, binary := s.next(t), s.next(t)
	if string(text.Payload) != "héllo" || string(binary.Payload) != "\xff\x00" {
		t.Errorf("payloads %q and %q", text.Payload, binary.Payload)
	}
	if text.Attribute("kind") != "text" || binary.Attribute("kind") != "binary" {
		t.Errorf("kinds %q and %q", text.Attribute("kind"), binary.Attribute("kind"))
	}
	known := s.Inspect().Connections[0]
	for name, want := range map[string]string{
		"conn": "browsers-7.1", "path": "/browsers", "peer": "127.0.0.1", "localip": "127.0.0.1",
		"localport": strconv.Itoa(s.port.listener.Addr().(*net.TCPAddr).Port),
	} {
		if got := text.Attribute(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := text.Attribute("peer") + ":" + text.Attribute("peerport"); got != known.Peer {
		t.Errorf("peer is %s, want %s", got, known.Peer)
	}
	for _, a := range text.Header.Attributes {
		if err := core.CheckAttribute(a); err != nil {
			t.Error(err)
		}
	}
	write(t, c, websocket.MessageText, "again")
	if m := s.next(t); m.Header != text.Header {
		t.Error("a message has a header of its own")
	}
}

// parity: A22 W12
func TestAHundredThousandMessagesArriveInOrder(t *testing.T) {
	s := serve(t, defaults())
	c := s.raw(t)
	const count = 100_000
	go func() {
		for i := range count {
			_, _ = io.WriteString(c, frame(finText, strconv.Itoa(i)))
		}
	}()
	for i := range count {
		if got := string(s.next(t).Payload); got != strconv.Itoa(i) {
			t.Fatalf("message %d is %s", i, got)
		}
	}
}

// parity: K13
func TestAHubWithoutCreditHoldsTheClientBack(t *testing.T) {
	s := openIdle(t, defaults())
	credit, got := make(chan struct{}), new(atomic.Int64)
	s.receive(func(ctx context.Context, messages []sdk.Message, _ ...string) error {
		select {
		case <-credit:
			got.Add(int64(len(messages)))
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	c := s.dial(t, nil)
	payload := make([]byte, 32<<10)
	sent := new(atomic.Int64)
	const all = 1000 // 31 MiB: more than the operating system buffers
	stopped := make(chan error, 1)
	go func() {
		for range all {
			if err := c.Write(context.Background(), websocket.MessageBinary, payload); err != nil {
				stopped <- err
				return
			}
			sent.Add(1)
		}
		stopped <- nil
	}()
	eventually(t, "the client is held back", func() bool {
		before := sent.Load()
		<-tick()
		return before > 0 && sent.Load() == before
	})
	if sent.Load() == all {
		t.Fatal("nothing held the client back")
	}
	close(credit)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	eventually(t, "every message reaches the hub", func() bool { return got.Load() == all })
}

func TestMessagesWaitForReceive(t *testing.T) {
	s := openIdle(t, defaults())
	c := s.dial(t, nil)
	write(t, c, websocket.MessageText, "early")
	got := make(chan string, 1)
	s.receive(func(_ context.Context, messages []sdk.Message, _ ...string) error {
		got <- string(messages[0].Payload)
		return nil
	})
	if text := <-got; text != "early" {
		t.Errorf("got %q", text)
	}
}

func TestWhatNoRouteReadsIsDiscarded(t *testing.T) {
	s := openIdle(t, defaults(), func(in *sdk.Instance, _ *limits) { in.Inbound = false })
	c := s.dial(t, nil)
	for i := range 3 {
		write(t, c, websocket.MessageText, fmt.Sprint(i))
	}
	eventually(t, "all are counted", func() bool { return s.figure(t, "discarded") == 3 })
	if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("the connection did not end in good order: %v", err)
	}
}
