package hub_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// foreignServer is a WebSocket server that is not ours.
type foreignServer struct {
	t       *testing.T
	address string
	server  *http.Server
	served  chan struct{}
	conns   chan *websocket.Conn
}

// listen starts the server, at its old address if it had one.
func (f *foreignServer) listen() {
	f.t.Helper()
	listener, err := net.Listen("tcp", f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	f.address, f.conns, f.served = listener.Addr().String(), make(chan *websocket.Conn, 10), make(chan struct{})
	conns, served := f.conns, f.served
	f.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cr3t-token" {
			http.Error(w, "who are you with "+r.Header.Get("Authorization")+"?", http.StatusUnauthorized)
			return
		}
		if c, err := websocket.Accept(w, r, nil); err == nil {
			conns <- c
		}
	})}
	server := f.server
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
}

// kill ends the server and its connections without a word.
func (f *foreignServer) kill() {
	_ = f.server.Close()
	<-f.served
	for len(f.conns) > 0 {
		_ = (<-f.conns).CloseNow()
	}
}

func (f *foreignServer) next() *websocket.Conn {
	f.t.Helper()
	select {
	case c := <-f.conns:
		f.t.Cleanup(func() { _ = c.CloseNow() })
		return c
	case <-f.t.Context().Done():
		return nil
	}
}

// Middleware to middleware: a Redis channel to a foreign WebSocket server, which is killed and started again. What is
// published meanwhile waits in the queue.
//
// parity: A16 A23
func TestRedisReachesAForeignServerThatIsKilledAndRestarted(t *testing.T) {
	client, url := redisServer(t)
	foreign := &foreignServer{t: t, address: "127.0.0.1:0"}
	foreign.listen()
	t.Cleanup(func() { foreign.kill() })
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: prices, id: endpoint-redis, url: "%s", channel: prices}
    - {name: answers, id: endpoint-redis, url: "%s", channel: answers}
    - name: upstream
      id: endpoint-websocket-client
      url: ws://%s/feed
      headers: {Authorization: Bearer s3cr3t-token}
routes:
  prices: [upstream]
  upstream: [answers]
`, url, url, foreign.address))
	subscribed(t, client, "prices")
	answers := subscribe(t, client, "answers")
	publish := func(from, to int) {
		for i := from; i < to; i++ {
			if err := client.Publish(t.Context(), "prices", fmt.Sprintf("price %d", i)).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	reads := func(c *websocket.Conn, from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			if got := read(t, c); got != fmt.Sprintf("price %d", i) {
				t.Fatalf("the server read %q, want price %d", got, i)
			}
		}
	}
	c := foreign.next()
	publish(0, 100)
	reads(c, 0, 100)
	send(t, c, "thanks")
	if got := receive(t, answers).Payload; got != "thanks" {
		t.Errorf("Redis got %q", got)
	}

	_ = c.CloseNow()
	foreign.kill()
	eventually(t, "the loss shows", func() bool {
		e := r.endpoint("upstream")
		return e.State == "degraded" && strings.Contains(e.Cause, "connection refused")
	})
	publish(100, 300)
	eventually(t, "they wait", func() bool { return r.outlet("prices", "upstream").Account.In == 300 })

	foreign.listen()
	c = foreign.next()
	reads(c, 100, 300)
	eventually(t, "all are accounted for", func() bool {
		e, a := r.endpoint("upstream"), r.outlet("prices", "upstream").Account
		return e.State == "ready" && e.Gaps == 1 && a.Delivered == 300 && len(a.Dropped) == 0
	})
}

// fault: B3
func TestATokenThatAServerRefusesIsNotTold(t *testing.T) {
	foreign := &foreignServer{t: t, address: "127.0.0.1:0"}
	foreign.listen()
	t.Cleanup(func() { foreign.kill() })
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - name: upstream
      id: endpoint-websocket-client
      url: ws://%s/feed?key=query-token
      headers: {Authorization: Bearer wrong-token}
    - {name: sink, id: endpoint-mock}
routes:
  upstream: [sink]
`, foreign.address))
	eventually(t, "the refusal shows", func() bool {
		return strings.Contains(r.endpoint("upstream").Cause, "the server answered 401 Unauthorized")
	})
	if told := fmt.Sprintf("%+v", r.Status(context.Background())); strings.Contains(told, "wrong-token") || strings.Contains(told, "query-token") {
		t.Errorf("the status tells a token: %s", told)
	}
}
