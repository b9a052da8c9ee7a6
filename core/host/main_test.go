package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/isolation"
)

// testPluginMode is the environment variable that makes this test binary a plugin instead.
const testPluginMode = "HOST_TEST_PLUGIN"

func TestMain(m *testing.M) {
	isolation.Main()
	serveRecordings()
	if mode := os.Getenv(testPluginMode); mode != "" {
		servePlugin(mode)
		return
	}
	if name := os.Getenv(core.PluginMark); name != "" {
		servePlugin(name)
		return
	}
	// Without this each plugin with the race detector takes a second to end.
	if os.Setenv("GORACE", "atexit_sleep_ms=0") != nil {
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// logBuffer takes the hub's log of a test.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// fixture is a Host with short times and what it told.
type fixture struct {
	*Host
	log    *logBuffer
	failed chan error
	count  atomic.Uint64
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{log: &logBuffer{}, failed: make(chan error, 1)}
	f.Host = New(Options{
		RuntimeDir: shortDir(t),
		Log:        slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Incarnation: func(string) (uint64, error) {
			return f.count.Add(1), nil
		},
		OnFailed: func(_ string, err error) { f.failed <- err },
	})
	f.limits.beat, f.limits.dead = 200*time.Millisecond, 2*time.Second
	return f
}

// shortDir is a folder whose path leaves room for sockets, which t.TempDir's with long test names does not.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "host")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// testSpec is this test binary as a plugin in a mode, with variables NAME=value added.
func testSpec(t *testing.T, mode string, env ...string) Spec {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Spec{Name: "test", Path: self, Env: append(env, testPluginMode+"="+mode)}
}

func (f *fixture) start(t *testing.T, spec Spec) *Plugin {
	t.Helper()
	p, err := f.Start(t.Context(), spec)
	if err != nil {
		t.Fatalf("start: %v\n%s", err, f.log)
	}
	t.Cleanup(func() { p.Stop(context.Background()) })
	return p
}

// eventually waits until what is so, for at most 20 s.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline.C:
			t.Fatalf("not so after 20 s: %s", what)
		case <-tick.C:
		}
	}
}

// inlet collects what an endpoint received, and treats tickets as handle says.
type inlet struct {
	handle func(core.Batch)
	mu     sync.Mutex
	got    []core.Message
}

func (in *inlet) Accept(b core.Batch) {
	in.mu.Lock()
	in.got = append(in.got, b.Messages...)
	in.mu.Unlock()
	if in.handle != nil {
		in.handle(b)
		return
	}
	b.Ticket.Queued()
	b.Ticket.Settled(0, len(b.Messages))
}

func (in *inlet) messages() []core.Message {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]core.Message(nil), in.got...)
}

func (in *inlet) count() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.got)
}

// payloads is what came, as text.
func (in *inlet) payloads() string {
	var b strings.Builder
	for _, m := range in.messages() {
		fmt.Fprintf(&b, "%s ", m.Payload)
	}
	return strings.TrimSpace(b.String())
}

// outlet is a lane's user that remembers what it was told.
type outlet struct {
	mu       sync.Mutex
	lane     core.Lane
	epoch    uint64
	next     uint64
	credit   uint64
	settled  uint64
	ups      int
	died     []bool
	receipts []core.Receipt
}

func (o *outlet) Up(lane core.Lane, epoch uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lane, o.epoch, o.next, o.credit, o.settled = lane, epoch, 1, 0, 0
	o.ups++
}

func (o *outlet) Down(_ core.Lane, pluginDied bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lane = nil
	o.died = append(o.died, pluginDied)
}

func (o *outlet) Credit(epoch, messages, _ uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if epoch == o.epoch {
		o.credit += messages
	}
}

func (o *outlet) Receipt(r core.Receipt) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Epoch == o.epoch {
		o.settled = r.UpTo
	}
	o.receipts = append(o.receipts, r)
}

// send sends as many of the payloads as there is credit for, in one batch, and returns how many.
func (o *outlet) send(payloads ...string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(len(payloads), int(o.credit))
	if o.lane == nil || n == 0 {
		return 0
	}
	messages := make([]core.Message, n)
	for i := range messages {
		messages[i] = core.Message{ID: core.ID{1}.Add(o.next + uint64(i)), Time: 1, Payload: []byte(payloads[i])}
	}
	o.lane.Send(o.next, messages)
	o.next += uint64(n)
	o.credit -= uint64(n)
	return n
}

// sendAll waits for credit until one payload is sent.
func (o *outlet) sendAll(t *testing.T, payload string) {
	t.Helper()
	eventually(t, "credit for "+payload, func() bool { return o.send(payload) == 1 })
}

func (o *outlet) read(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}

func (o *outlet) downs() []bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]bool(nil), o.died...)
}

func pidString(pid int) string { return fmt.Sprint(pid) }

// living lists the processes of a group that are no zombies.
func living(t *testing.T, group int) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest) // state, parent, group, ...
		if len(fields) > 2 && fields[2] == fmt.Sprint(group) && fields[0] != "Z" {
			found = append(found, string(raw))
		}
	}
	return found
}

func asError(err error, target **Error) bool { return errors.As(err, target) }
