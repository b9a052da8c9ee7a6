package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// parity: A16
func TestMessagesPassBothWaysWithTheirKind(t *testing.T) {
	s := newServer(t)
	o := start(t, s)
	c := s.next()
	o.event(core.EventConnected)
	write(t, c, websocket.MessageText, "grüß dich")
	write(t, c, websocket.MessageBinary, "\xff\x00")
	write(t, c, websocket.MessageText, "")
	for _, want := range []struct{ kind, payload string }{{"text", "grüß dich"}, {"binary", "\xff\x00"}, {"text", ""}} {
		m := o.next()
		if string(m.Payload) != want.payload || m.Attribute("kind") != want.kind || m.Attribute("peer") != "127.0.0.1" {
			t.Errorf("got %q with %s, want %v", m.Payload, attributes(m), want)
		}
	}
	binary := sdk.Message{Header: &sdk.Header{Attributes: sdk.NewAttributes(sdk.Attribute{Name: "kind", Value: "binary"})}, Payload: []byte("b")}
	if err := o.Send(within(t), []sdk.Message{{Payload: []byte("a")}, binary, {Payload: []byte("\xff")}, {}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		kind    websocket.MessageType
		payload string
	}{{websocket.MessageText, "a"}, {websocket.MessageBinary, "b"}, {websocket.MessageBinary, "\xff"}, {websocket.MessageText, ""}} {
		if kind, payload := read(t, c); kind != want.kind || payload != want.payload {
			t.Errorf("the server got %v %q, want %v", kind, payload, want)
		}
	}
	if o.figure("sent") != 4 || o.figure("received") != 3 || len(o.Inspect().Connections) != 1 {
		t.Errorf("figures: %+v", o.Inspect())
	}
}

func TestHandshakeSaysWhatWasConfigured(t *testing.T) {
	s := newServer(t, func(s *server) {
		s.options = websocket.AcceptOptions{Subprotocols: []string{"v2"}, InsecureSkipVerify: true}
	})
	o := start(t, s, withConfig(func(c *config) {
		c.URL += "?token=abc"
		c.Headers = map[string]string{"authorization": "Bearer xyz", "X-Room": "7"}
		c.Origin = "https://app.example.org"
		c.Subprotocols = []string{"v3", "v2"}
	}))
	c := s.next()
	r := <-s.requests
	if r.URL.RequestURI() != "/feed?token=abc" || r.Header.Get("Authorization") != "Bearer xyz" || r.Header.Get("X-Room") != "7" ||
		r.Header.Get("Origin") != "https://app.example.org" || r.Header.Get("Sec-WebSocket-Protocol") != "v3,v2" {
		t.Errorf("handshake %s %v", r.URL, r.Header)
	}
	write(t, c, websocket.MessageText, "x")
	if m := o.next(); m.Attribute("subprotocol") != "v2" {
		t.Errorf("attributes %s", attributes(m))
	}
}

func TestServerKilledAndRestarted(t *testing.T) {
	s := newServer(t)
	o := start(t, s)
	s.next()
	o.event(core.EventConnected)
	o.sends("one")
	s.kill()
	if e := o.event(core.EventDegraded); !strings.HasPrefix(e.Cause, "ws://"+s.address+": ") {
		t.Errorf("cause %q", e.Cause)
	}
	eventually(t, "the endpoint knows", func() bool { return o.session.Load() == nil })
	err := o.Send(within(t), texts("two"))
	var f *sdk.Failure
	if !errors.As(err, &f) || f.Attempted != core.AttemptedNo || f.Scope != core.ScopeEndpoint || f.Class != core.FailureRetryable {
		t.Fatalf("sending while away: %+v", err)
	}
	s.start()
	c := s.next()
	for e := (<-o.events); e.Kind != core.EventRecovered; e = <-o.events {
		if e.Kind != core.EventDegraded || !strings.Contains(e.Cause, "refused") && !strings.Contains(e.Cause, "reset") {
			t.Fatalf("event %+v", e)
		}
	}
	if e := o.event(core.EventGap); !strings.HasPrefix(e.Cause, "not connected for ") {
		t.Errorf("gap %+v", e)
	}
	o.sends("three")
	if _, text := read(t, c); text != "three" {
		t.Errorf("after the restart the server got %q", text)
	}
	write(t, c, websocket.MessageText, "four")
	if m := o.next(); string(m.Payload) != "four" {
		t.Errorf("got %q", m.Payload)
	}
	if n := o.figure("gaps"); n != 1 {
		t.Errorf("%d gaps", n)
	}
}

// An outage is told once per cause, however many attempts fail.
func TestAnOutageIsToldOncePerCause(t *testing.T) {
	s := newServer(t)
	s.kill()
	o := start(t, s)
	if e := o.event(core.EventDegraded); e.Cause != "ws://"+s.address+": connection refused" {
		t.Errorf("cause %q", e.Cause)
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	s.start()
	for range 20 {
		<-s.requests
	}
	if e := o.event(core.EventDegraded); !strings.HasSuffix(e.Cause, "the server answered 404 Not Found: is the path of `url` right?") {
		t.Errorf("cause %q", e.Cause)
	}
	if n := len(o.events); n > 0 {
		t.Errorf("%d further events, first %+v", n, <-o.events)
	}
}

// fault: B3
func TestNoTokenIsEverTold(t *testing.T) {
	const inQuery, inHeader, asPassword = "QUERYTOKEN", "HEADERTOKEN", "PASSWORDTOKEN"
	for _, c := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"401", "the server answered 401 Unauthorized: is what `headers` say right?", func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "bad "+r.Header.Get("Authorization")+r.URL.RawQuery, http.StatusUnauthorized)
		}},
		{"403", "the server answered 403 Forbidden: is what `headers` and `origin` say right?", func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, r.URL.String(), http.StatusForbidden)
		}},
		{"redirect", "the server answered 302 Found, and redirects are not followed: name the place in `url`", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login?"+r.URL.RawQuery, http.StatusFound)
		}},
		{"bad upgrade", "the server agreed to another protocol than WebSocket, or to a subprotocol that was not offered", func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n", r.Header.Get("Authorization"))
		}},
		{"close reason", "with 1008 and the reason \"bad Bearer [redacted] [redacted]\"", func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, nil)
			if err == nil {
				_ = conn.Close(websocket.StatusPolicyViolation, "bad "+r.Header.Get("Authorization")+" "+r.URL.Query().Get("token"))
			}
		}},
		{"no answer", "EOF", func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = conn.Close()
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, func(s *server) { s.answer = c.answer })
			o := start(t, s, withConfig(func(cfg *config) {
				cfg.URL = "ws://user:" + asPassword + "@" + s.address + "/?token=" + inQuery
				cfg.Headers = map[string]string{"Authorization": "Bearer " + inHeader}
			}))
			var told strings.Builder
			var e sdk.Event
			for e = <-o.events; e.Kind != core.EventDegraded; e = <-o.events {
				continue
			}
			fmt.Fprint(&told, e)
			if !strings.Contains(e.Cause, c.want) && c.name != "close reason" {
				t.Errorf("cause %q, want %q", e.Cause, c.want)
			}
			if c.name == "close reason" && (!strings.Contains(e.Cause, "1008") || !strings.Contains(e.Cause, "[redacted]")) {
				t.Errorf("cause %q", e.Cause)
			}
			eventually(t, "a second attempt", func() bool { return len(s.requests) > 1 })
			fmt.Fprint(&told, o.Send(within(t), texts("x")))
			o.end(sdk.CloseShutdown)
			fmt.Fprint(&told, o.log.String(), o.Inspect())
			for _, secret := range []string{inQuery, inHeader, asPassword} {
				if strings.Contains(told.String(), secret) {
					t.Errorf("%s was told: %s", secret, told.String())
				}
			}
		})
	}
}

func TestSecureServers(t *testing.T) {
	s := newServer(t, func(s *server) { s.tls = true })
	o := start(t, s)
	c := s.next()
	o.event(core.EventConnected)
	o.sends("over TLS")
	if _, text := read(t, c); text != "over TLS" {
		t.Errorf("got %q", text)
	}
}

func TestTLSTroubleIsNamed(t *testing.T) {
	secure, plain := newServer(t, func(s *server) { s.tls = true }), newServer(t)
	for _, c := range []struct {
		url, want string
	}{
		{"wss://" + secure.address, "TLS: tls: failed to verify certificate"},
		{"wss://" + plain.address, "TLS: tls: first record does not look like a TLS handshake"},
		{"ws://" + secure.address, "the server answered 400 Bad Request"},
	} {
		o := start(t, plain, func(o *options) { o.config.URL = c.url })
		if e := o.event(core.EventDegraded); !strings.Contains(e.Cause, c.want) {
			t.Errorf("%s: %q, want %q", c.url, e.Cause, c.want)
		}
	}
}

// fault: F6
func TestASilentServerIsNoticed(t *testing.T) {
	s := newServer(t)
	o := start(t, s, func(o *options) { o.config.PingInterval, o.timing.pong = 20*time.Millisecond, 80*time.Millisecond })
	s.next() // whose Read nobody calls, so it answers no ping
	o.event(core.EventConnected)
	if e := o.event(core.EventDegraded); !strings.HasSuffix(e.Cause, "no sign of life from the server for 100ms") {
		t.Errorf("cause %q", e.Cause)
	}
	o.event(core.EventRecovered)
}

func TestAServerThatAnswersPingsIsLeftAlone(t *testing.T) {
	s := newServer(t)
	o := start(t, s, func(o *options) { o.config.PingInterval, o.timing.pong = 5*time.Millisecond, time.Second })
	c := s.next()
	o.event(core.EventConnected)
	c.CloseRead(context.Background()) // which answers pings
	for range 20 {
		if err := c.Ping(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	for seen := 0; seen < 20; seen++ {
		select {
		case <-s.pinged:
		case <-time.After(patience):
			t.Fatal("the client does not ping")
		}
	}
	if len(o.events) > 0 {
		t.Errorf("event %+v", <-o.events)
	}
}

func TestALargeMessageEndsTheConnectionWith1009(t *testing.T) {
	s := newServer(t)
	o := start(t, s, withConfig(func(c *config) { c.MaxMessage = 1000 }))
	c := s.next()
	write(t, c, websocket.MessageText, strings.Repeat("x", 1000))
	write(t, c, websocket.MessageText, strings.Repeat("x", 1001))
	if m := o.next(); len(m.Payload) != 1000 {
		t.Errorf("%d bytes came", len(m.Payload))
	}
	if _, _, err := c.Read(within(t)); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("the server saw %v", err)
	}
	o.event(core.EventConnected)
	if e := o.event(core.EventDegraded); !strings.HasSuffix(e.Cause, "the server sent a message over max-message (1000)") {
		t.Errorf("cause %q", e.Cause)
	}
	s.next()
}

// fault: B8
func TestTextThatIsNotUTF8EndsTheConnectionWith1007(t *testing.T) {
	s := newServer(t)
	o := start(t, s)
	c := s.next()
	write(t, c, websocket.MessageText, "good")
	write(t, c, websocket.MessageText, "bad \xff")
	if _, _, err := c.Read(within(t)); websocket.CloseStatus(err) != websocket.StatusInvalidFramePayloadData {
		t.Errorf("the server saw %v", err)
	}
	if m := o.next(); string(m.Payload) != "good" {
		t.Errorf("got %q", m.Payload)
	}
	s.next()
	if len(o.received) > 0 {
		t.Errorf("%q was forwarded", o.next().Payload)
	}
}

func TestWhatCameBeforeTheHubReceivesIsKeptThoughItsConnectionEnded(t *testing.T) {
	s, receive := newServer(t), make(chan struct{})
	o := start(t, s, func(o *options) { o.receive = receive })
	c := s.next()
	o.event(core.EventConnected)
	s.mu.Lock()
	_, err := io.WriteString(s.open[0], "\x81\x05early\x81\x02\xff\xff") // at once, so that one read brings both
	s.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Read(within(t)); websocket.CloseStatus(err) != websocket.StatusInvalidFramePayloadData {
		t.Errorf("the server saw %v", err)
	}
	close(receive)
	if m := o.next(); string(m.Payload) != "early" {
		t.Errorf("got %q", m.Payload)
	}
}

// fault: B4
func TestAMessageWhoseEndNeverCameIsNotForwarded(t *testing.T) {
	for name, begun := range map[string]string{
		"a frame without its payload": "\x82\x7f\x3f\xff\xff\xff\xff\xff\xff\xff",
		"a fragment without the next": "\x01\x06pay 10",
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			o := start(t, s)
			s.next()
			o.event(core.EventConnected)
			s.mu.Lock()
			_, err := io.WriteString(s.open[0], "\x81\x05whole"+begun)
			s.mu.Unlock()
			if err != nil {
				t.Fatal(err)
			}
			s.kill()
			if e := o.event(core.EventDegraded); !strings.HasSuffix(e.Cause, "the server ended the connection without a close frame") {
				t.Errorf("cause %q", e.Cause)
			}
			if m := o.next(); string(m.Payload) != "whole" || len(o.received) > 0 {
				t.Errorf("got %q and %d more", m.Payload, len(o.received))
			}
		})
	}
}

func TestCloseSaysGoodbye(t *testing.T) {
	for reason, want := range map[sdk.CloseReason]websocket.StatusCode{
		sdk.CloseShutdown: websocket.StatusGoingAway, sdk.CloseRemoved: websocket.StatusNormalClosure,
		sdk.CloseRestart: websocket.StatusGoingAway,
	} {
		s := newServer(t)
		o := start(t, s)
		c := s.next()
		o.event(core.EventConnected)
		seen := make(chan error, 1)
		go func() {
			_, _, err := c.Read(within(t))
			seen <- err
		}()
		o.end(reason)
		if err := <-seen; websocket.CloseStatus(err) != want {
			t.Errorf("reason %d: %v, want %d", reason, err, want)
		}
	}
}

// A server that closes at once after each handshake is not stormed.
func TestPausesGrowWhileConnectionsDoNotStand(t *testing.T) {
	b := backoff{timing: usual}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, want := range []time.Duration{200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000} {
		b.stood(usual.settled - 1)
		if b.wait(ended); b.next != want*time.Millisecond {
			t.Errorf("pause %v, want %v", b.next, want*time.Millisecond)
		}
	}
	b.stood(usual.settled)
	if b.wait(ended); b.next != usual.retry {
		t.Errorf("pause %v after a connection that stood", b.next)
	}
}

// Opening waits a moment for the server, so that one that is there needs no word, and tells before anybody could believe
// that the endpoint is ready where it does not answer.
func TestOpeningTellsOfAServerThatHasNotAnswered(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for address, want := range map[string]core.EventKind{newServer(t).address: core.EventConnected,
		silent.Addr().String(): core.EventDegraded, "127.0.0.1:1": core.EventDegraded} {
		news := make(chan sdk.Event, 10)
		in := sdk.Instance{Setting: sdk.Setting{Name: "feed", MaxMessage: 1 << 20}, Enabled: true, Inbound: true,
			Log: slog.New(slog.DiscardHandler), Report: func(e sdk.Event) { news <- e }}
		e, err := open(within(t), in, config{URL: "ws://" + address})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case first := <-news:
			if first.Kind != want {
				t.Errorf("%s: %+v", address, first)
			}
		default:
			t.Errorf("%s: nothing was told", address)
		}
		if err := e.Close(within(t), sdk.CloseShutdown); err != nil {
			t.Error(err)
		}
	}
}
