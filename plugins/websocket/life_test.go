package websocket

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func withEvents() Config {
	config := defaults()
	config.Events = true
	return config
}

func (s *served) nextEvent(t *testing.T, event, conn string) {
	t.Helper()
	m := s.next(t)
	if m.Attribute("event") != event || m.Attribute("conn") != conn || len(m.Payload) != 0 {
		t.Errorf("got %+v %q, want %s of %s", m.Header, m.Payload, event, conn)
	}
	if m.Attribute("peer") == "" || m.Attribute("localport") == "" || m.Attribute("kind") != "" {
		t.Errorf("attributes of %s: %+v", event, m.Header.Attributes)
	}
}

// parity: D8 W8
func TestEventsTellOfEachConnectionOnce(t *testing.T) {
	s := serve(t, withEvents())
	c := s.dial(t, nil)
	s.nextEvent(t, "connect", "browsers-7.1")
	write(t, c, websocket.MessageText, "between")
	if m := s.next(t); string(m.Payload) != "between" || m.Attribute("event") != "" {
		t.Errorf("got %+v", m)
	}
	_ = c.Close(websocket.StatusNormalClosure, "")
	s.nextEvent(t, "disconnect", "browsers-7.1")
	r := s.raw(t)
	s.nextEvent(t, "connect", "browsers-7.2")
	_ = r.Close() // without a close frame
	s.nextEvent(t, "disconnect", "browsers-7.2")
	eventually(t, "all is over", func() bool { return s.slots.Load() == 0 })
	if len(s.received) != 0 {
		t.Errorf("%d messages too many", len(s.received))
	}
}

// parity: D9
func TestWhatTheConnectEventCausesArrives(t *testing.T) {
	s := openIdle(t, withEvents())
	sink := s.sink(t, sdk.LaneOptions{})
	s.receive(func(ctx context.Context, messages []sdk.Message, _ ...string) error {
		if messages[0].Attribute("event") == "connect" {
			if err := sink.Send(ctx, []sdk.Message{to("welcome", "conn:"+messages[0].Attribute("conn"))}); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	for range 20 {
		c := s.raw(t) // reads the 101 response before anything else
		if first, text, err := c.frame(); err != nil || first != finText || text != "welcome" {
			t.Fatalf("first frame %#x %q, %v", first, text, err)
		}
	}
}

// parity: D4 D5
func TestDisablingClosesAllWith1001AndRefuses(t *testing.T) {
	s := serve(t, withEvents())
	one, two := s.dial(t, nil), s.dial(t, nil)
	for range 2 {
		if m := s.next(t); m.Attribute("event") != "connect" {
			t.Fatalf("got %+v", m.Header)
		}
	}
	codes := make(chan websocket.StatusCode, 2)
	for _, c := range []*websocket.Conn{one, two} {
		go func() {
			_, _, err := c.Read(context.Background())
			codes <- websocket.CloseStatus(err)
		}()
	}
	if err := s.SetEnabled(within(t), false); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if code := <-codes; code != 1001 {
			t.Errorf("closed with %d, want 1001", code)
		}
		if m := s.next(t); m.Attribute("event") != "disconnect" {
			t.Errorf("got %+v, want a disconnect for each", m.Header)
		}
	}
	_, response, err := websocket.Dial(within(t), s.url(), nil)
	if err == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("a disabled endpoint answers %v", response)
	}
	if err := s.SetEnabled(within(t), true); err != nil {
		t.Fatal(err)
	}
	s.dial(t, nil)
}

func TestAnEndpointThatStartsDisabledRefuses(t *testing.T) {
	s := serve(t, defaults(), func(in *sdk.Instance, _ *limits) { in.Enabled = false })
	if status, _, _ := s.ask(t, shake("/browsers")); status != 403 {
		t.Errorf("status %d, want 403", status)
	}
}

// parity: D5
func TestClosingSaysWhy(t *testing.T) {
	for reason, want := range map[sdk.CloseReason]websocket.StatusCode{
		sdk.CloseShutdown: 1001, sdk.CloseRemoved: 1001, sdk.CloseRestart: 1012,
	} {
		s := serve(t, defaults())
		c := s.dial(t, nil)
		if err := s.sink(t, sdk.LaneOptions{}).Send(within(t), texts("last words")); err != nil {
			t.Fatal(err)
		}
		got := make(chan string, 1)
		code := make(chan websocket.StatusCode, 1)
		go func() {
			_, text, _ := c.Read(context.Background())
			got <- string(text)
			_, _, err := c.Read(context.Background())
			code <- websocket.CloseStatus(err)
		}()
		s.end(t, reason)
		if text := <-got; text != "last words" {
			t.Errorf("got %q before the close", text)
		}
		if code := <-code; code != want {
			t.Errorf("reason %d closes with %d, want %d", reason, code, want)
		}
	}
}

// parity: D6
func TestConnectionIdsAreNeverUsedAgain(t *testing.T) {
	seen := make(map[string]bool)
	for incarnation := range uint64(3) {
		s := serve(t, defaults(), func(in *sdk.Instance, _ *limits) { in.Incarnation = incarnation })
		for range 3 {
			c := s.dial(t, nil)
			write(t, c, websocket.MessageText, "x")
			m := s.next(t)
			id := m.Attribute("conn")
			if seen[id] || !strings.HasPrefix(id, fmt.Sprintf("browsers-%d.", incarnation)) {
				t.Errorf("id %s", id)
			}
			seen[id] = true
			_ = c.CloseNow()
		}
		s.end(t, sdk.CloseRestart)
	}
}

// parity: D10 W14
func TestConnectionsAreShownAndNamedInTheLog(t *testing.T) {
	s := serve(t, defaults())
	began := time.Now()
	c := s.dial(t, nil)
	list := s.Inspect().Connections
	if len(list) != 1 || list[0].ID != "browsers-7.1" || !strings.HasPrefix(list[0].Peer, "127.0.0.1:") ||
		list[0].Since < began.UnixNano() || list[0].Since > time.Now().UnixNano() {
		t.Errorf("connections %+v", list)
	}
	_ = c.Close(websocket.StatusNormalClosure, "")
	eventually(t, "it is gone", func() bool { return len(s.Inspect().Connections) == 0 })
	for _, line := range strings.Split(strings.TrimSpace(s.log.String()), "\n") {
		if !strings.Contains(line, "conn=browsers-7.1") {
			t.Errorf("a line without the connection: %s", line)
		}
	}
}

func TestDrainInboundStopsReadingAndKeepsConnections(t *testing.T) {
	s := serve(t, defaults())
	c := s.raw(t)
	_, _ = io.WriteString(c, frame(finText, "before"))
	if text := string(s.next(t).Payload); text != "before" {
		t.Errorf("got %q", text)
	}
	if err := s.Drain(within(t), core.DirectionInbound); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, frame(finText, "after"))
	if err := s.sink(t, sdk.LaneOptions{}).Send(within(t), texts("still here")); err != nil {
		t.Fatal(err)
	}
	if _, text, err := c.frame(); err != nil || text != "still here" {
		t.Errorf("got %q, %v", text, err)
	}
	if len(s.received) != 0 {
		t.Error("it was read on")
	}
	if status, _, _ := s.ask(t, shake("/browsers")); status != 503 {
		t.Errorf("a newcomer gets %d, want 503", status)
	}
}

func TestDrainOutboundWaitsForTheQueues(t *testing.T) {
	s := serve(t, defaults())
	c := s.raw(t)
	s.clog(t, s.sink(t, sdk.LaneOptions{}))
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Drain(short, core.DirectionOutbound); err == nil {
		t.Error("Drain returned with a full queue")
	}
	go func() { _, _ = io.Copy(io.Discard, c.from) }()
	if err := s.Drain(within(t), core.DirectionOutbound); err != nil {
		t.Error(err)
	}
	if queued := s.Inspect().Connections[0].Queued; queued != 0 {
		t.Errorf("%d messages are queued after the drain", queued)
	}
}

// clog sends to a client that does not read until its queue is full.
func (s *served) clog(t *testing.T, sink sdk.Sink) {
	t.Helper()
	eventually(t, "the queue is full", func() bool {
		if err := sink.Send(within(t), texts(big)); err != nil {
			t.Fatal(err)
		}
		return s.figure(t, "lost-slow") > 0
	})
}

func TestCloseHonoursItsContext(t *testing.T) {
	s := serve(t, defaults())
	c := s.raw(t)
	s.clog(t, s.sink(t, sdk.LaneOptions{}))
	s.cancel()
	<-s.done
	s.closed = true
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Close(short, sdk.CloseShutdown); err == nil {
		t.Error("Close does not say that it was cut short")
	}
	if !c.ended() {
		t.Error("the connection was left open")
	}
}

// parity: K10
func TestAPortIsFreeAgainAtOnce(t *testing.T) {
	s := serve(t, defaults())
	c := s.dial(t, nil)
	address := s.port.listener.Addr().String()
	_ = c.CloseNow()
	s.end(t, sdk.CloseRestart)
	again, err := (&portTable{open: map[string]*port{}}).listen(within(t), address, &standard, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_ = again.server.Close()
	<-again.served
}
