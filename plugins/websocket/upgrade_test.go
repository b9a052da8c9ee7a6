package websocket

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// ask sends one raw request and returns the status and the body.
func (s *served) ask(t testing.TB, request string) (int, http.Header, string) {
	t.Helper()
	c, err := net.Dial("tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(c, request)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(body)
}

func shake(path string, change ...string) string {
	return strings.NewReplacer(change...).Replace(fmt.Sprintf(handshake, path))
}

// fault: B2
// parity: A18
func TestWhatIsNoGoodHandshakeIsRefused(t *testing.T) {
	s := serve(t, defaults())
	tests := []struct {
		name, request string
		status        int
	}{
		{"unknown path", shake("/other"), 404},
		{"root", shake("/"), 404},
		{"plain GET", "GET /browsers HTTP/1.1\r\nHost: localhost\r\n\r\n", 426},
		{"POST", shake("/browsers", "GET", "POST"), 405},
		{"HTTP/1.0", shake("/browsers", "HTTP/1.1", "HTTP/1.0"), 426},
		{"version 12", shake("/browsers", "Version: 13", "Version: 12"), 400},
		{"no version", shake("/browsers", "Sec-WebSocket-Version: 13\r\n", ""), 400},
		{"no key", shake("/browsers", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""), 400},
		{"short key", shake("/browsers", "dGhlIHNhbXBsZSBub25jZQ==", "AAAA"), 400},
		{"key that is no base64", shake("/browsers", "dGhlIHNhbXBsZSBub25jZQ==", "????"), 400},
		{"headers without end", "GET /browsers HTTP/1.1\r\nHost: localhost\r\nCookie: " + strings.Repeat("c", 32<<10) + "\r\n\r\n", 431},
		{"health", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200},
		{"POST to health", "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 405},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, _, _ := s.ask(t, test.request)
			if status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
		})
	}
	if s.slots.Load() != 0 {
		t.Errorf("%d slots are taken", s.slots.Load())
	}
	_, header, body := s.ask(t, tests[2].request)
	if header.Get("Upgrade") != "websocket" || strings.Count(body, ".") != 1 {
		t.Errorf("426 says %v %q, want one sentence", header, body)
	}
	if _, _, body = s.ask(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); body != "ok\n" {
		t.Errorf("/healthz says %q", body)
	}
}

// fault: B2
func TestManyBadHandshakesLeaveNothing(t *testing.T) {
	s := serve(t, defaults())
	const clients, each = 20, 5000
	before := descriptors(t)
	bad := shake("/browsers", "Version: 13", "Version: 12")
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			c, err := net.Dial("tcp", s.address())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			go func() {
				for range each / 10 {
					_, _ = io.WriteString(c, strings.Repeat(bad, 10))
				}
			}()
			lines := bufio.NewScanner(c)
			for refused := 0; refused < each; {
				if !lines.Scan() {
					t.Errorf("the server hung up after %d: %v", refused, lines.Err())
					return
				}
				if strings.HasPrefix(lines.Text(), "HTTP/1.1 400 ") {
					refused++
				}
			}
		})
	}
	all.Wait()
	if got := s.figure(t, "refused-handshake"); got != clients*each {
		t.Errorf("refused-handshake is %d", got)
	}
	if s.slots.Load() != 0 || s.figure(t, "connections") != 0 {
		t.Error("slots or connections are left")
	}
	eventually(t, "no descriptor is left", func() bool { return descriptors(t) <= before })
	s.dial(t, nil) // the endpoint still works; goroutines are TestMain's to count
}

// descriptors is how many files and sockets this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// fault: B1
func TestForeignOriginsAreRefused(t *testing.T) {
	config := defaults()
	config.Origins = []string{"https://app.example.org", "http://*.lan:*"}
	s := serve(t, config)
	host := s.address()
	_, port, _ := net.SplitHostPort(host)
	tests := []struct {
		host, origin string
		status       int
	}{
		{host, "", 101},
		{host, "http://" + host, 101},
		{"localhost:" + port, "http://localhost:" + port, 101},
		{host, "https://app.example.org", 101},
		{host, "HTTPS://APP.example.org:443", 101},
		{host, "http://tv.lan:8080", 101},
		{host, "http://lan", 403},
		{host, "https://app.example.org:8443", 403},
		{host, "http://app.example.org", 403},
		{host, "https://app.example.org.evil.example", 403},
		{host, "https://evil.example/https://app.example.org", 403},
		{host, "http://127.0.0.1:1", 403},
		{host, "null", 403},
		{host, "file://", 403},
		// A foreign name that resolves to this machine.
		{"evil.example:" + port, "http://evil.example:" + port, 403},
	}
	for _, test := range tests {
		t.Run(test.origin, func(t *testing.T) {
			origin := ""
			if test.origin != "" {
				origin = "Origin: " + test.origin + "\r\n"
			}
			status, _, _ := s.ask(t, shake("/browsers", "Host: localhost\r\n", "Host: "+test.host+"\r\n"+origin))
			if status != test.status {
				t.Errorf("Host %s, Origin %q: status %d, want %d", test.host, test.origin, status, test.status)
			}
		})
	}
	if got := s.figure(t, "refused-origin"); got != 9 {
		t.Errorf("refused-origin is %d, want 9", got)
	}
}

// fault: B1
func TestTheLogSaysHowToLetAnOriginIn(t *testing.T) {
	config := defaults()
	config.Origins = []string{"https://one.example"}
	s := serve(t, config)
	_, _, _ = s.ask(t, shake("/browsers", "\r\n\r\n", "\r\nOrigin: https://two.example\r\n\r\n"))
	for _, want := range []string{"origin=https://two.example", `origins: [\"https://one.example\", \"https://two.example\"]`} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, s.log)
		}
	}
}

// parity: D1 D4
func TestRefusalsComeInOrder(t *testing.T) {
	config := defaults()
	config.MaxConnections = 0
	s := serve(t, config)
	foreign := shake("/browsers", "\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n")
	if status, _, _ := s.ask(t, foreign); status != 503 {
		t.Errorf("full and foreign: status %d, want 503", status)
	}
	if err := s.SetEnabled(within(t), false); err != nil {
		t.Fatal(err)
	}
	if status, _, body := s.ask(t, foreign); status != 403 || !strings.Contains(body, "switched off") {
		t.Errorf("disabled, full and foreign: status %d, %q, want 403", status, body)
	}
	for name, want := range map[string]int64{"refused-full": 1, "refused-disabled": 1, "refused-origin": 0} {
		if got := s.figure(t, name); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
}

// parity: D3 K16
func TestExactlyMaxConnectionsGetIn(t *testing.T) {
	config := defaults()
	config.MaxConnections = 2
	s := serve(t, config)
	var all sync.WaitGroup
	in := make(chan *websocket.Conn, 50)
	for range 50 {
		all.Go(func() {
			c, response, err := websocket.Dial(within(t), s.url(), nil)
			switch {
			case err == nil:
				in <- c
			case response == nil || response.StatusCode != 503:
				t.Errorf("refused with %v, %v", response, err)
			}
		})
	}
	all.Wait()
	if len(in) != 2 {
		t.Fatalf("%d got in, want 2", len(in))
	}
	for range 2 {
		_ = (<-in).Close(websocket.StatusNormalClosure, "")
	}
	eventually(t, "the slots are free again", func() bool { return s.slots.Load() == 0 })
	s.dial(t, nil)
	s.dial(t, nil)
}

// parity: D2
func TestEndpointsShareAPort(t *testing.T) {
	at := func(path string) Config {
		config := defaults()
		config.Path = path
		return config
	}
	one := serve(t, at("/one"))
	two := serve(t, at("/two"))
	if one.address() != two.address() {
		t.Fatalf("%s and %s are two ports", one.address(), two.address())
	}
	first := one.dial(t, nil)
	write(t, first, websocket.MessageText, "to one")
	write(t, two.dial(t, nil), websocket.MessageText, "to two")
	if a, b := one.next(t), two.next(t); string(a.Payload) != "to one" || string(b.Payload) != "to two" {
		t.Errorf("got %s and %s", a.Payload, b.Payload)
	}
	_ = first.CloseNow()
	one.end(t, sdk.CloseRemoved)
	if status, _, _ := two.ask(t, shake("/one")); status != 404 {
		t.Errorf("the path of a closed endpoint answers %d", status)
	}
	two.dial(t, nil)
	in := sdk.Instance{Setting: sdk.Setting{Name: "three", Bind: "127.0.0.1"}, Log: one.endpoint.log}
	if _, err := newEndpoint(within(t), in, at("/two"), &standard); err == nil || !strings.Contains(err.Error(), "/two") {
		t.Errorf("a path was given twice: %v", err)
	}
}

// parity: K11
// fault: B21
func TestAPortThatIsTakenIsNamedWithItsHolder(t *testing.T) {
	holder, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	config := defaults()
	config.Port = &holder.Addr().(*net.TCPAddr).Port
	in := sdk.Instance{Setting: sdk.Setting{Name: "browsers", Bind: "127.0.0.1"}}
	_, err = open(context.Background(), in, config)
	if err == nil {
		t.Fatal("a port was opened twice")
	}
	for _, want := range []string{holder.Addr().String(), fmt.Sprintf("process %d has it", os.Getpid())} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

func TestSubprotocolsAreNegotiated(t *testing.T) {
	config := defaults()
	config.Subprotocols = []string{"v2.araldo", "v1.araldo"}
	s := serve(t, config)
	c := s.dial(t, &websocket.DialOptions{Subprotocols: []string{"other", "v1.araldo", "v2.araldo"}})
	if c.Subprotocol() != "v2.araldo" {
		t.Errorf("negotiated %q", c.Subprotocol())
	}
	write(t, c, websocket.MessageText, "x")
	if m := s.next(t); m.Attribute("subprotocol") != "v2.araldo" {
		t.Errorf("attribute is %q", m.Attribute("subprotocol"))
	}
	write(t, s.dial(t, nil), websocket.MessageText, "x")
	if m := s.next(t); m.Attribute("subprotocol") != "" {
		t.Errorf("attribute is %q, want none", m.Attribute("subprotocol"))
	}
}

// stuckWriter is a connection whose 101 response does not get out.
type stuckWriter struct {
	http.ResponseWriter
	entered, leave chan struct{}
}

func (w *stuckWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	close(w.entered)
	<-w.leave
	return nil, nil, net.ErrClosed
}

func TestAHandshakeThatCannotBeAnsweredHoldsNobodyUp(t *testing.T) {
	s := serve(t, defaults())
	good := s.dial(t, nil)
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(shake("/browsers"))))
	if err != nil {
		t.Fatal(err)
	}
	w := &stuckWriter{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		s.ServeHTTP(w, request)
	}()
	<-w.entered
	if err := s.sink(t, sdk.LaneOptions{}).Send(within(t), texts("x")); err != nil {
		t.Error(err)
	}
	if _, text := read(t, good); text != "x" {
		t.Errorf("got %q", text)
	}
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	go func() { _, _, _ = good.Read(context.Background()) }()
	if err := s.SetEnabled(short, false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("SetEnabled returned %v with a handshake under way", err)
	}
	close(w.leave)
	<-answered
	if err := s.SetEnabled(within(t), false); err != nil {
		t.Error(err)
	}
	if s.slots.Load() != 0 || len(s.Inspect().Connections) != 0 {
		t.Errorf("%d slots are taken, %d connections known", s.slots.Load(), len(s.Inspect().Connections))
	}
}
