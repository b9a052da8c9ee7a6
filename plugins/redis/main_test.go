package redis

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, Plugin) }

const patience = 20 * time.Second

// quick is the usual timing, shortened.
var quick = timing{ping: 100 * time.Millisecond, silence: time.Second, retry: 10 * time.Millisecond, retryMax: 50 * time.Millisecond,
	greet: 200 * time.Millisecond, block: 100 * time.Millisecond}

// observed is an open endpoint and what it told.
type observed struct {
	opened  opened
	news    chan sdk.Event
	batches chan []sdk.Message
	log     *lockedBuffer
}

// opened is an endpoint of channels or of a stream.
type opened interface {
	sdk.Source
	sdk.Inspector
	sdk.Closer
}

// subject is an observed endpoint of channels.
type subject struct {
	*endpoint
	*observed
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// prepare makes what an endpoint tells, and sees that its configuration is right.
func prepare(t testing.TB, c *config, in *sdk.Instance) *observed {
	t.Helper()
	s := &observed{news: make(chan sdk.Event, 100), batches: make(chan []sdk.Message, 100_000), log: new(lockedBuffer)}
	in.Name, in.Enabled = "subject", true
	if in.MaxMessage == 0 {
		in.MaxMessage = 1 << 20
	}
	in.Log = slog.New(slog.NewTextHandler(s.log, nil))
	in.Report = func(e sdk.Event) { s.news <- e }
	for _, d := range c.Check(in.Setting) {
		t.Fatalf("configuration: %+v", d)
	}
	return s
}

// open opens an endpoint that is closed with the test.
func open(t testing.TB, c config, in sdk.Instance) *subject {
	t.Helper()
	seen := prepare(t, &c, &in)
	e, err := new(opener).openWith(context.Background(), in, c, quick)
	if err != nil {
		t.Fatal(err)
	}
	seen.closeAfter(t, e)
	return &subject{e, seen}
}

// closeAfter closes an endpoint with the test.
func (s *observed) closeAfter(t testing.TB, e opened) {
	s.opened = e
	t.Cleanup(func() {
		if err := e.Close(context.Background(), sdk.CloseShutdown); err != nil {
			t.Error(err)
		}
	})
}

// listen opens an endpoint and receives into batches until the test ends.
func listen(t testing.TB, c config) *subject {
	t.Helper()
	s := open(t, c, sdk.Instance{Inbound: true})
	s.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
		s.batches <- messages
		return nil
	})
	return s
}

// receive runs Receive until the test ends; it must then return soon.
func (s *observed) receive(t testing.TB, emit sdk.Emit) {
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error, 1)
	go func() { returned <- s.opened.Receive(ctx, emit) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-returned:
		case <-time.After(patience):
			t.Error("Receive does not return")
		}
	})
}

// expect waits for the next event, which must be of that kind.
func (s *observed) expect(t testing.TB, kind core.EventKind) sdk.Event {
	t.Helper()
	select {
	case e := <-s.news:
		if e.Kind != kind {
			t.Fatalf("event %+v, want kind %d", e, kind)
		}
		return e
	case <-time.After(patience):
		t.Fatalf("no event of kind %d", kind)
	}
	return sdk.Event{}
}

// next waits for n more messages.
func (s *observed) next(t testing.TB, n int) []sdk.Message {
	t.Helper()
	var got []sdk.Message
	for len(got) < n {
		select {
		case batch := <-s.batches:
			got = append(got, batch...)
		case <-time.After(patience):
			t.Fatalf("%d of %d messages came", len(got), n)
		}
	}
	return got
}

func (s *observed) figure(t testing.TB, name string) int64 {
	t.Helper()
	for _, f := range s.opened.Inspect().Figures {
		if f.Name == name {
			return f.Value
		}
	}
	t.Fatalf("no figure %s", name)
	return 0
}

// warnings counts the warnings in the log.
func (s *observed) warnings() int { return strings.Count(s.log.text(), "level=WARN") }

func numbered(n int) []sdk.Message {
	messages := make([]sdk.Message, n)
	for i := range messages {
		messages[i].Payload = fmt.Appendf(nil, "message %d", i)
	}
	return messages
}

func inOrder(t testing.TB, got []sdk.Message) {
	t.Helper()
	for i, m := range got {
		if want := fmt.Sprintf("message %d", i); string(m.Payload) != want {
			t.Fatalf("message %d is %q, want %q", i, m.Payload, want)
		}
	}
}
