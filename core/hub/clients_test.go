package hub_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// tcp connects a WebSocket client of bare TCP: what it does next is up to the test, and what it is sent stays unread.
func tcp(port int, path string) (*net.TCPConn, int, error) {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), patience)
	if err != nil {
		return nil, 0, err
	}
	c := conn.(*net.TCPConn)
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", path, port)
	answer, err := http.ReadResponse(bufio.NewReaderSize(c, 512), nil)
	if err != nil {
		c.Close()
		return nil, 0, err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		c.Close()
	}
	return c, answer.StatusCode, nil
}

// breakOff ends a connection as a computer does that loses its power: with a reset and no word.
func breakOff(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

// closedWith reads until a connection ends, and returns the code.
func closedWith(c *websocket.Conn) websocket.StatusCode {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		if _, _, err := c.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

// lives are the events of each connection in their order, by the record of a mock: c for connect, m for a message, d for
// disconnect.
func lives(list []recorded) map[string]string {
	lives := map[string]string{}
	for _, r := range list {
		letter := "m"
		if event := r.Attributes["event"]; event != "" {
			letter = event[:1]
		}
		lives[r.Attributes["conn"]] += letter
	}
	return lives
}

// Clients come and go in every way, while messages for all are under way: by a close frame, by a reset, in the middle of
// a message, by breaking the protocol, and by the endpoint's being switched off. Each has one connect event and one
// disconnect event, with its messages between.
//
// parity: W8 D3 D4 D8
func TestEachConnectionHasOneDisconnectEventHoweverItEnds(t *testing.T) {
	port := freePort(t)
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, events: true}
    - {name: load, id: endpoint-mock, every: 2ms, size: 256B}
    - {name: seen, id: endpoint-mock, record: %s}
routes:
  browsers:
    - {to: seen, queue: {overflow: block}}
  load: [browsers]
`, port, record))
	const each = 40
	ends := []func(c *net.TCPConn){
		func(c *net.TCPConn) { c.Write([]byte("\x88\x82\x00\x00\x00\x00\x03\xe8")) },          // a close frame, 1000
		func(c *net.TCPConn) { breakOff(c) },                                                  // a reset, so that writes fail
		func(c *net.TCPConn) { c.Write([]byte("\x81\xfd\x00\x00\x00\x00half")); breakOff(c) }, // within a message
		func(c *net.TCPConn) { c.Write([]byte("\x8f\x80\x00\x00\x00\x00")) },                  // an opcode that is none
		func(*net.TCPConn) {}, // stays until the endpoint is switched off
	}
	var all, readers sync.WaitGroup
	for _, end := range ends {
		for range each {
			all.Go(func() {
				c, status, err := tcp(port, "/browsers")
				if err != nil || status != http.StatusSwitchingProtocols {
					t.Errorf("status %d, %v", status, err)
					return
				}
				t.Cleanup(func() { c.Close() })
				readers.Go(func() { io.Copy(io.Discard, c) })
				c.Write([]byte("\x81\x82\x00\x00\x00\x00hi"))
				end(c)
			})
		}
	}
	all.Wait()
	total := each * len(ends)
	eventually(t, "those that stay are left", func() bool { return len(r.endpoint("browsers").Connections) == each })
	if err := r.SetEnabled(t.Context(), "browsers", false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "each connection's end is told", func() bool {
		ended := 0
		for _, life := range lives(records(t, record, 2*total)) {
			ended += strings.Count(life, "d")
		}
		return ended >= total
	})
	readers.Wait()
	r.stop()
	found := lives(records(t, record, 2*total))
	if len(found) != total {
		t.Errorf("%d connections are told of, want %d", len(found), total)
	}
	for conn, life := range found {
		if life != "cmd" && life != "cd" { // a reset may overtake the message
			t.Errorf("the life of %s is told as %q", conn, life)
		}
	}
}

// Four times as many clients as may connect do so again and again, under load. There are never too many, and no slot is lost.
//
// parity: D3 K16
func TestTheConnectionLimitHoldsUnderLoad(t *testing.T) {
	const limit, clients, rounds = 25, 100, 10
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, max-connections: %d}
    - {name: load, id: endpoint-mock, every: 200us, size: 1KiB}
routes:
  load: [browsers]
`, port, limit))
	var now, most, refused atomic.Int64
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range rounds {
				c, status, err := tcp(port, "/browsers")
				switch {
				case err != nil:
					t.Error(err)
				case status == http.StatusServiceUnavailable:
					refused.Add(1)
				case status == http.StatusSwitchingProtocols:
					here := now.Add(1)
					for before := most.Load(); here > before && !most.CompareAndSwap(before, here); before = most.Load() {
					}
					c.Read(make([]byte, 1024))
					now.Add(-1)
					breakOff(c)
				default:
					t.Errorf("status %d", status)
				}
			}
		})
	}
	all.Wait()
	if most.Load() > limit || refused.Load() == 0 {
		t.Errorf("%d were connected at once, %d refused", most.Load(), refused.Load())
	}
	eventually(t, "all are gone", func() bool { return len(r.endpoint("browsers").Connections) == 0 })
	var last []*websocket.Conn
	for range limit {
		last = append(last, dial(t, port, "/browsers"))
	}
	if _, status, err := tcp(port, "/browsers"); err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("one more gets %d, %v", status, err)
	}
	for _, c := range last {
		if read(t, c) == "" {
			t.Error("a connection within the limit reads nothing")
		}
	}
}

// An endpoint is switched off and on under load: its clients are closed with 1001 and refused with 403, those of the
// endpoint beside it notice nothing; at the end of the hub they are closed with 1001 too.
//
// parity: D4 D5
func TestSwitchingOffUnderLoadClosesItsClientsAlone(t *testing.T) {
	const clients = 20
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: beside, id: endpoint-websocket}
    - {name: load, id: endpoint-mock, every: 1ms, payload: "{n}"}
routes:
  load: [browsers, beside]
`, port))
	beside := dial(t, port, "/beside")
	undisturbed := make(chan error, 1)
	go func() { undisturbed <- consecutive(beside) }()
	for range 3 {
		var list []*websocket.Conn
		for range clients {
			list = append(list, dial(t, port, "/browsers"))
		}
		codes := make(chan websocket.StatusCode, clients)
		for _, c := range list {
			go func() { codes <- closedWith(c) }()
		}
		if err := r.SetEnabled(t.Context(), "browsers", false); err != nil {
			t.Fatal(err)
		}
		for range clients {
			if code := <-codes; code != websocket.StatusGoingAway {
				t.Errorf("a client is closed with %d", code)
			}
		}
		if _, status, err := tcp(port, "/browsers"); err != nil || status != http.StatusForbidden {
			t.Errorf("while it is switched off a client gets %d, %v", status, err)
		}
		if err := r.SetEnabled(t.Context(), "browsers", true); err != nil {
			t.Fatal(err)
		}
	}
	last := dial(t, port, "/browsers")
	code := make(chan websocket.StatusCode, 1)
	go func() { code <- closedWith(last) }()
	r.stop()
	if got := <-code; got != websocket.StatusGoingAway {
		t.Errorf("at the end a client is closed with %d", got)
	}
	if err := <-undisturbed; websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the client beside: %v", err)
	}
}

// consecutive reads numbers until the connection ends; each must follow the one before.
func consecutive(c *websocket.Conn) error {
	for last := 0; ; {
		_, text, err := c.Read(context.Background())
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(text))
		if err != nil || last > 0 && n != last+1 {
			return fmt.Errorf("%q after %d", text, last)
		}
		last = n
	}
}

// A client that says nothing is closed while those that speak, under load, stay.
//
// parity: K15
func TestOnlySilentClientsAreClosed(t *testing.T) {
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, ping-interval: 0s, idle-timeout: 1s}
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: seen, id: endpoint-mock}
routes:
  load: [browsers]
  browsers: [seen]
`, port))
	silent, speaking := dial(t, port, "/browsers"), dial(t, port, "/browsers")
	code, began := make(chan websocket.StatusCode, 1), time.Now()
	go func() { code <- closedWith(silent) }()
	drained := make(chan websocket.StatusCode, 1)
	go func() { drained <- closedWith(speaking) }()
	for tick := time.NewTicker(100 * time.Millisecond); time.Since(began) < 3*time.Second; <-tick.C {
		send(t, speaking, "I am here")
	}
	if got := <-code; got != websocket.StatusGoingAway {
		t.Errorf("the silent one is closed with %d", got)
	}
	if n := len(r.endpoint("browsers").Connections); n != 1 {
		t.Errorf("%d are connected", n)
	}
	r.stop()
	<-drained
}

// residentMemory is what a process holds, in bytes, and how many descriptors.
func residentMemory(t *testing.T, pid int) (bytes int64, descriptors int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10, len(list)
}

// Ten thousand clients come, say something, and go, each in one of two ways, and ten thousand more. Neither the hub nor the
// plugin keeps anything of them.
//
// parity: K23
func TestTenThousandClientsLeaveNothingBehind(t *testing.T) {
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, events: true}
    - {name: load, id: endpoint-mock, every: 5ms}
    - {name: seen, id: endpoint-mock}
routes:
  load: [browsers]
  browsers:
    - {to: seen, queue: {overflow: block}}
`, port))
	pid := r.plugin("websocket").PID
	come := func(clients int) (goroutines int, memory int64, descriptors int) {
		left := atomic.Int64{}
		left.Store(int64(clients))
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for n := left.Add(-1); n >= 0; n = left.Add(-1) {
					c, status, err := tcp(port, "/browsers")
					if err != nil || status != http.StatusSwitchingProtocols {
						t.Errorf("status %d, %v", status, err)
						return
					}
					c.Write([]byte("\x81\x82\x00\x00\x00\x00hi"))
					if n%2 == 0 {
						c.Write([]byte("\x88\x80\x00\x00\x00\x00"))
						for buffer := make([]byte, 512); ; {
							if _, err := c.Read(buffer); err != nil {
								break
							}
						}
					}
					breakOff(c)
				}
			})
		}
		all.Wait()
		eventually(t, "all are gone", func() bool { return len(r.endpoint("browsers").Connections) == 0 })
		runtime.GC()
		memory, descriptors = residentMemory(t, pid)
		return runtime.NumGoroutine(), memory, descriptors
	}
	goroutines, memory, descriptors := come(10_000) // heaps have their size then
	goroutinesNow, memoryNow, descriptorsNow := come(10_000)
	t.Logf("hub's goroutines %d, then %d; plugin's memory %d, then %d; its descriptors %d, then %d", goroutines, goroutinesNow,
		memory, memoryNow, descriptors, descriptorsNow)
	if goroutinesNow > goroutines+5 || descriptorsNow > descriptors+5 || memoryNow > memory+keptByTheRaceDetector+16<<20 {
		t.Error("something is left behind")
	}
	if got := r.outlet("browsers", "seen").Account.In; got < 2*20_000 {
		t.Errorf("%d messages are counted, each client has two events", got)
	}
}
