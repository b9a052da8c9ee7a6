package client

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

// parity: A16
func TestConformance(t *testing.T) {
	sdktest.Run(t, plugin, sdktest.Promises{
		ID:  "endpoint-websocket-client",
		New: outside,
		BadConfigs: map[string]string{
			`{}`:                        "/url",
			`{"url": "http://a/"}`:      "/url",
			`{"url": "ws://"}`:          "/url",
			`{"url": "ws://a:0/"}`:      "/url",
			`{"url": "ws://a/#b"}`:      "/url",
			`{"url": "ws://a/%zz"}`:     "/url",
			`{"url": "ws:a"}`:           "/url",
			`{"url": "a", "frames": 1}`: "/frames",
			`{"url": "ws://a", "headers": {"Host": "b"}}`:              "/headers/Host",
			`{"url": "ws://a", "headers": {"sec-websocket-key": "b"}}`: "/headers/sec-websocket-key",
			`{"url": "ws://a", "headers": {"a b": "c"}}`:               "/headers/a b",
			`{"url": "ws://a", "headers": {"a": "c\nd"}}`:              "/headers/a",
			`{"url": "ws://a", "headers": {"X-a": "1", "x-A": "2"}}`:   "/headers/x-A",
			`{"url": "ws://a", "headers": {"X-a": 1}}`:                 "/headers/X-a",
			`{"url": "ws://a", "subprotocols": ["a", "a"]}`:            "/subprotocols/1",
			`{"url": "ws://a", "subprotocols": ["a b"]}`:               "/subprotocols/0",
			`{"url": "ws://a", "origin": "example.org"}`:               "/origin",
			`{"url": "ws://a", "max-message": "4GiB"}`:                 "/max-message",
			`{"url": "ws://a", "ping-interval": "-1s"}`:                "/ping-interval",
		},
	})
}

// foreign is a WebSocket server; conns are the connections that came.
func foreign(t testing.TB) (url string, conns chan *websocket.Conn) {
	conns = make(chan *websocket.Conn, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := websocket.Accept(w, r, nil); err == nil {
			c.SetReadLimit(-1)
			conns <- c
		}
	}))
	t.Cleanup(s.Close)
	return "ws" + s.URL[len("http"):] + "/feed", conns
}

// outside is a server that writes down what it gets.
func outside(t testing.TB) sdktest.Outside {
	t.Helper()
	url, conns := foreign(t)
	arrived := make(chan []byte, 10_000)
	var present *websocket.Conn
	fed := make(chan struct{})
	close(fed)
	return sdktest.Outside{
		Config: fmt.Sprintf(`{"url": %q, "headers": {"Authorization": "Bearer x"}}`, url),
		Ready: func(t testing.TB) {
			select {
			case present = <-conns:
			case <-time.After(patience):
				t.Fatal("the client did not connect")
			}
			c, done := present, make(chan struct{})
			t.Cleanup(func() { _ = c.CloseNow(); <-done })
			go func() {
				defer close(done)
				for {
					_, data, err := c.Read(context.Background())
					if err != nil {
						return
					}
					arrived <- data
				}
			}()
			if err := c.Ping(within(t)); err != nil { // which the client answers when it is ready for messages
				t.Fatal(err)
			}
		},
		Feed: func(t testing.TB, payloads [][]byte) [][]byte {
			c, before, done := present, fed, make(chan struct{})
			fed = done
			go func() { // a hub without credit holds the server back
				defer close(done)
				<-before
				for _, p := range payloads {
					_ = c.Write(context.Background(), websocket.MessageBinary, p)
				}
			}()
			t.Cleanup(func() { _ = c.CloseNow(); <-done })
			return payloads
		},
		Read: func(t testing.TB, n int) [][]byte {
			t.Helper()
			late := time.After(patience)
			var got [][]byte
			for len(got) < n {
				select {
				case data := <-arrived:
					got = append(got, data)
				case <-late:
					t.Fatalf("%d of %d messages came", len(got), n)
				}
			}
			return got
		},
	}
}
