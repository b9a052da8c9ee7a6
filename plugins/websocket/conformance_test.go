package websocket

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

// parity: W1
func TestConformance(t *testing.T) {
	sdktest.Run(t, Plugin, sdktest.Promises{
		ID:  "endpoint-websocket",
		New: outside,
		BadConfigs: map[string]string{
			`{"path": "ws"}`:              "/path",
			`{"port": 70000}`:             "/port",
			`{"origins": ["*"]}`:          "/origins/0",
			`{"slow": "never"}`:           "/slow",
			`{"frames": 1}`:               "/frames",
			`{"max-message": "4GiB"}`:     "/max-message",
			`{"subprotocols": ["a", ""]}`: "/subprotocols/1",
			`{"pth": "/ws"}`:              "/pth",
		},
	})
}

// outside is a port with one client, which connects when the endpoint is ready.
func outside(t testing.TB) sdktest.Outside {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	_ = free.Close()
	arrived := make(chan []byte, 10_000)
	var client atomic.Pointer[websocket.Conn]
	fed := make(chan struct{})
	close(fed)
	return sdktest.Outside{
		Config: fmt.Sprintf(`{"path": "/ws", "bind": "127.0.0.1", "port": %d, "max-message": "1MiB", "slow": "wait"}`, port),
		Ready: func(t testing.TB) {
			c, _, err := websocket.Dial(within(t), fmt.Sprintf("ws://127.0.0.1:%d/ws", port), nil)
			if err != nil {
				t.Fatal(err)
			}
			c.SetReadLimit(-1)
			done := make(chan struct{})
			t.Cleanup(func() { _ = c.CloseNow(); <-done })
			client.Store(c)
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
		},
		Feed: func(t testing.TB, payloads [][]byte) [][]byte {
			c, before, done := client.Load(), fed, make(chan struct{})
			fed = done
			go func() { // a hub without credit holds the client back
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
