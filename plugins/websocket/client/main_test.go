package client

import (
	"bytes"
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

var plugin = sdk.Plugin{Name: "websocket", Types: []sdk.Type{Type}}

func TestMain(m *testing.M) { sdktest.Main(m, plugin) }

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// logBuffer is a log that tests read.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// server is a foreign WebSocket server that can be killed and started again at its address.
type server struct {
	t       testing.TB
	address string
	options websocket.AcceptOptions
	// tls: it speaks TLS, with a certificate that roots has.
	tls   bool
	roots *x509.CertPool
	// answer, where set, answers handshakes in place of an upgrade.
	answer http.HandlerFunc
	// conns are the connections that came, requests their handshakes.
	conns    chan *websocket.Conn
	requests chan *http.Request
	// pinged tells of pings, as far as somebody reads.
	pinged  chan struct{}
	running *httptest.Server
	mu      sync.Mutex
	open    []net.Conn
}

func newServer(t testing.TB, change ...func(*server)) *server {
	s := &server{t: t, address: "127.0.0.1:0", conns: make(chan *websocket.Conn, 100), requests: make(chan *http.Request, 100),
		pinged: make(chan struct{}, 1)}
	s.options.OnPingReceived = func(context.Context, []byte) bool {
		select {
		case s.pinged <- struct{}{}:
		default:
		}
		return true
	}
	for _, f := range change {
		f(s)
	}
	s.start()
	t.Cleanup(s.kill)
	return s
}

// start listens where it did before.
func (s *server) start() {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = listener.Addr().String()
	s.running = &httptest.Server{Listener: listener, Config: &http.Server{
		Handler:  s,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		ConnState: func(c net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.mu.Lock()
				s.open = append(s.open, c)
				s.mu.Unlock()
			}
		},
	}}
	if s.tls {
		s.running.StartTLS()
		s.roots = x509.NewCertPool()
		s.roots.AddCert(s.running.Certificate())
		return
	}
	s.running.Start()
}

// kill ends the server and cuts its connections without a word, as the operating system does for a process that died.
func (s *server) kill() {
	_ = s.running.Listener.Close()
	s.mu.Lock()
	for _, c := range s.open {
		_ = c.Close()
	}
	s.open = nil
	s.mu.Unlock()
	for len(s.conns) > 0 {
		_ = (<-s.conns).CloseNow()
	}
	s.running.Close()
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests <- r
	if s.answer != nil {
		s.answer(w, r)
		return
	}
	c, err := websocket.Accept(w, r, &s.options)
	if err != nil {
		return
	}
	c.SetReadLimit(-1)
	s.conns <- c
}

func (s *server) url() string {
	if s.tls {
		return "wss://" + s.address + "/feed"
	}
	return "ws://" + s.address + "/feed"
}

// next is the next connection.
func (s *server) next() *websocket.Conn {
	s.t.Helper()
	select {
	case c := <-s.conns:
		s.t.Cleanup(func() { _ = c.CloseNow() })
		return c
	case <-time.After(patience):
		s.t.Fatal("the client did not connect")
		return nil
	}
}

// opened is an endpoint with a hub that takes everything.
type opened struct {
	*endpoint
	t        testing.TB
	log      *logBuffer
	events   chan sdk.Event
	received chan sdk.Message
	cancel   context.CancelFunc
	done     chan struct{}
	closed   bool
}

// quick is usual timing for impatient tests.
func quick() timing {
	t := usual
	t.retry, t.retryMax = 5*time.Millisecond, 20*time.Millisecond
	return t
}

// options change what open opens.
type options struct {
	in     sdk.Instance
	config config
	timing timing
	roots  *x509.CertPool
	emit   sdk.Emit
	// receive is when Receive is called; nil: at once.
	receive <-chan struct{}
}

func start(t testing.TB, s *server, change ...func(*options)) *opened {
	t.Helper()
	o := &opened{t: t, log: &logBuffer{}, events: make(chan sdk.Event, 1000), received: make(chan sdk.Message, 1<<17)}
	opts := options{timing: quick(), roots: s.roots, config: config{URL: s.url(), Frames: "auto"}}
	opts.in = sdk.Instance{
		Setting:     sdk.Setting{Name: "feed", MaxMessage: 1 << 20},
		Incarnation: 7, Enabled: true, Inbound: true, Outbound: true,
		Log:    slog.New(slog.NewTextHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Report: func(e sdk.Event) { o.events <- e },
	}
	opts.emit = o.take
	for _, f := range change {
		f(&opts)
	}
	o.endpoint = newEndpoint(opts.in, opts.config, opts.timing, opts.roots)
	ctx, cancel := context.WithCancel(context.Background())
	o.cancel, o.done = cancel, make(chan struct{})
	go func() {
		defer close(o.done)
		if opts.receive != nil {
			select {
			case <-opts.receive:
			case <-ctx.Done():
			}
		}
		if opts.in.Inbound {
			_ = o.Receive(ctx, opts.emit)
		}
	}()
	t.Cleanup(func() { o.end(sdk.CloseShutdown) })
	return o
}

func (o *opened) take(_ context.Context, messages []sdk.Message, _ ...string) error {
	for _, m := range messages {
		o.received <- m
	}
	return nil
}

// end closes the endpoint as the SDK does: Receive first.
func (o *opened) end(reason sdk.CloseReason) {
	if o.closed {
		return
	}
	o.closed = true
	o.cancel()
	<-o.done
	if err := o.Close(within(o.t), reason); err != nil {
		o.t.Errorf("close: %v", err)
	}
}

// event waits for the next event, of that kind.
func (o *opened) event(kind core.EventKind) sdk.Event {
	o.t.Helper()
	select {
	case e := <-o.events:
		if e.Kind != kind {
			o.t.Fatalf("event %+v, must be of kind %d", e, kind)
		}
		return e
	case <-time.After(patience):
		o.t.Fatalf("no event of kind %d", kind)
		return sdk.Event{}
	}
}

func (o *opened) next() sdk.Message {
	o.t.Helper()
	select {
	case m := <-o.received:
		return m
	case <-time.After(patience):
		o.t.Fatal("no message reached the hub")
		return sdk.Message{}
	}
}

func (o *opened) figure(name string) int64 {
	o.t.Helper()
	for _, f := range o.Inspect().Figures {
		if f.Name == name {
			return f.Value
		}
	}
	o.t.Fatalf("no figure %q", name)
	return 0
}

// sends sends texts and fails the test if they are not confirmed.
func (o *opened) sends(list ...string) {
	o.t.Helper()
	if err := o.Send(within(o.t), texts(list...)); err != nil {
		o.t.Fatal(err)
	}
}

func texts(list ...string) []sdk.Message {
	messages := make([]sdk.Message, len(list))
	for i, text := range list {
		messages[i].Payload = []byte(text)
	}
	return messages
}

func read(t testing.TB, c *websocket.Conn) (websocket.MessageType, string) {
	t.Helper()
	kind, data, err := c.Read(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return kind, string(data)
}

func write(t testing.TB, c *websocket.Conn, kind websocket.MessageType, text string) {
	t.Helper()
	if err := c.Write(within(t), kind, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what has no event of its own to wait for.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.Tick(time.Millisecond); !holds(); <-tick {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

func withConfig(f func(*config)) func(*options) { return func(o *options) { f(&o.config) } }

func attributes(m sdk.Message) string {
	var b strings.Builder
	for _, a := range m.Header.Attributes {
		b.WriteString(a.Name + "=" + a.Value + " ")
	}
	return b.String()
}
