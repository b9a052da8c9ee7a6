package websocket

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	"github.com/coder/websocket"
)

func TestMain(m *testing.M) { sdktest.Main(m, Plugin) }

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

// served is an endpoint on a free port with a hub that takes everything.
type served struct {
	*endpoint
	name     string
	log      *logBuffer
	received chan sdk.Message
	cancel   context.CancelFunc
	done     chan struct{}
	closed   bool
}

func defaults() Config {
	return Config{MaxMessage: 64 << 10, MaxConnections: -1, Frames: FramesAuto, Slow: SlowDrop}
}

// serve opens an endpoint and ends it with the test.
func serve(t testing.TB, config Config, change ...func(*sdk.Instance, *limits)) *served {
	t.Helper()
	s := openIdle(t, config, change...)
	s.receive(func(ctx context.Context, messages []sdk.Message, _ ...string) error {
		for _, m := range messages {
			select {
			case s.received <- m:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return s
}

// openIdle opens an endpoint whose Receive was not called yet.
func openIdle(t testing.TB, config Config, change ...func(*sdk.Instance, *limits)) *served {
	t.Helper()
	s := &served{name: "browsers", log: &logBuffer{}, received: make(chan sdk.Message, 1<<17)}
	in := sdk.Instance{
		Setting:     sdk.Setting{Name: s.name, Bind: "127.0.0.1", MaxMessage: 1 << 20},
		Incarnation: 7, Enabled: true, Inbound: true, Outbound: true,
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	l := standard
	for _, f := range change {
		f(&in, &l)
	}
	e, err := newEndpoint(within(t), in, config, &l)
	if err != nil {
		t.Fatal(err)
	}
	s.endpoint = e
	t.Cleanup(func() { s.end(t, sdk.CloseShutdown) })
	return s
}

// receive calls Receive as the SDK does.
func (s *served) receive(emit sdk.Emit) {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel, s.done = cancel, make(chan struct{})
	go func() {
		defer close(s.done)
		_ = s.Receive(ctx, emit)
	}()
}

// end closes the endpoint as the SDK does: Receive first.
func (s *served) end(t testing.TB, reason sdk.CloseReason) {
	if s.closed {
		return
	}
	s.closed = true
	if s.cancel != nil {
		s.cancel()
		<-s.done
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Close(ctx, reason); err != nil {
		t.Errorf("Close: %v", err)
	}
	if left := s.slots.Load(); left != 0 {
		t.Errorf("%d slots are still taken after Close", left)
	}
}

func (s *served) address() string { return s.port.listener.Addr().String() }
func (s *served) url() string     { return "ws://" + s.address() + s.path }

// dial connects a client.
func (s *served) dial(t testing.TB, options *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(within(t), s.url(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	c.SetReadLimit(-1)
	return c
}

// next is the next message that the hub got.
func (s *served) next(t testing.TB) sdk.Message {
	t.Helper()
	select {
	case m := <-s.received:
		return m
	case <-time.After(patience):
		t.Fatal("no message reached the hub")
		return sdk.Message{}
	}
}

// figure is one of the endpoint's figures.
func (s *served) figure(t testing.TB, name string) int64 {
	t.Helper()
	for _, f := range s.Inspect().Figures {
		if f.Name == name {
			return f.Value
		}
	}
	t.Fatalf("no figure %q", name)
	return 0
}

// eventually waits for what has no event of its own to wait for.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// read is the client's next message.
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

func texts(list ...string) []sdk.Message {
	messages := make([]sdk.Message, len(list))
	for i, text := range list {
		messages[i].Payload = []byte(text)
	}
	return messages
}

// sink is an outlet's way into the endpoint.
func (s *served) sink(t testing.TB, options sdk.LaneOptions) sdk.Sink {
	t.Helper()
	sink, err := s.Lane(options)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// handshake is a good request; %s is the path.
const handshake = "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// raw is a TCP client after its handshake.
type raw struct {
	net.Conn
	from *bufio.Reader
}

func (s *served) raw(t testing.TB) *raw {
	t.Helper()
	c, err := net.Dial("tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c, handshake, s.path)
	r := &raw{c, bufio.NewReader(c)}
	response, err := http.ReadResponse(r.from, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %v, %v", response, err)
	}
	return r
}

// frame is a client's masked frame with the key 0, which leaves the payload as it is.
func frame(first byte, payload string) string {
	header := []byte{first}
	switch n := len(payload); {
	case n < 126:
		header = append(header, 0x80|byte(n))
	case n < 1<<16:
		header = binary.BigEndian.AppendUint16(append(header, 0x80|126), uint16(n))
	default:
		header = binary.BigEndian.AppendUint64(append(header, 0x80|127), uint64(n))
	}
	return string(header) + "\x00\x00\x00\x00" + payload
}

// closeCode reads frames until a close frame or the connection's end, and returns the code, 0 for none.
func (r *raw) closeCode(t testing.TB) int {
	t.Helper()
	for {
		first, payload, err := r.frame()
		if err != nil {
			return 0
		}
		if first == finClose && len(payload) >= 2 {
			return int(binary.BigEndian.Uint16([]byte(payload)))
		}
	}
}

// frame reads one frame of the server's.
func (r *raw) frame() (first byte, payload string, err error) {
	var header [2]byte
	if _, err = io.ReadFull(r.from, header[:]); err != nil {
		return 0, "", err
	}
	length := uint64(header[1])
	switch header[1] {
	case 126:
		var n uint16
		err = binary.Read(r.from, binary.BigEndian, &n)
		length = uint64(n)
	case 127:
		err = binary.Read(r.from, binary.BigEndian, &length)
	}
	if err != nil {
		return 0, "", err
	}
	body := make([]byte, length)
	_, err = io.ReadFull(r.from, body)
	return header[0], string(body), err
}

// ended reports whether the server closed the TCP connection.
func (r *raw) ended() bool {
	_, err := io.Copy(io.Discard, r.from)
	return err == nil || strings.Contains(err.Error(), "reset")
}
