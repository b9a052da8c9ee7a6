package file

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, Plugin) }

const patience = 20 * time.Second

// subject is an open endpoint and what it told.
type subject struct {
	*endpoint
	folder  string
	news    chan sdk.Event
	batches chan []sdk.Message
	log     *lockedBuffer
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

// start opens an endpoint that is closed with the test; what the configuration leaves out has its default.
func start(t testing.TB, c config, in sdk.Instance) *subject {
	t.Helper()
	s := &subject{folder: c.Path, news: make(chan sdk.Event, 100), batches: make(chan []sdk.Message, 10_000), log: new(lockedBuffer)}
	in.Name, in.MaxMessage, in.Enabled = "subject", 1<<20, true
	in.Log = slog.New(slog.NewTextHandler(s.log, nil))
	in.Report = func(e sdk.Event) { s.news <- e }
	if c.SegmentSize == 0 {
		c.SegmentSize = 16 << 20
	}
	for _, d := range c.Check(in.Setting) {
		t.Fatalf("configuration: %+v", d)
	}
	opened, err := open(context.Background(), in, c)
	if err != nil {
		t.Fatal(err)
	}
	s.endpoint = opened.(*endpoint)
	t.Cleanup(s.close)
	return s
}

func (s *subject) close() { _ = s.Close(context.Background(), sdk.CloseShutdown) }

// writeTo opens an endpoint to write with.
func writeTo(t testing.TB, c config) *subject {
	t.Helper()
	return start(t, c, sdk.Instance{Outbound: true})
}

// readFrom opens an endpoint and receives into batches until the test ends.
func readFrom(t testing.TB, c config) *subject {
	t.Helper()
	s := start(t, c, sdk.Instance{Inbound: true})
	s.receive(t, func(_ context.Context, messages []sdk.Message, _ ...string) error {
		s.batches <- messages
		return nil
	})
	return s
}

// receive runs Receive until the test ends, or the returned function is called; it must then return soon.
func (s *subject) receive(t testing.TB, emit sdk.Emit) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error, 1)
	go func() { returned <- s.Receive(ctx, emit) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case <-returned:
		case <-time.After(patience):
			t.Error("Receive does not return")
		}
	})
	t.Cleanup(stop)
	return stop
}

// expect waits for the next event, which must be of that kind.
func (s *subject) expect(t testing.TB, kind core.EventKind) sdk.Event {
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
func (s *subject) next(t testing.TB, n int) []sdk.Message {
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

// figures are the endpoint's, by name.
func (s *subject) figures() map[string]int64 {
	figures := make(map[string]int64)
	for _, f := range s.Inspect().Figures {
		figures[f.Name] = f.Value
	}
	return figures
}

// send writes payloads, all of which must be confirmed.
func (s *subject) send(t testing.TB, payloads ...string) {
	t.Helper()
	if err := s.Send(context.Background(), messagesOf(payloads...)); err != nil {
		t.Fatal(err)
	}
}

func messagesOf(payloads ...string) []sdk.Message {
	messages := make([]sdk.Message, len(payloads))
	for i, payload := range payloads {
		messages[i].Payload = []byte(payload)
	}
	return messages
}

// payloads are those of a folder's records; bad lines stand as their error.
func payloads(t testing.TB, folder string) []string {
	t.Helper()
	var list []string
	for e, err := range record.Read(folder, record.Position{}) {
		switch {
		case err != nil:
			t.Fatal(err)
		case e.Err != nil:
			list = append(list, "error: "+e.Err.Error())
		default:
			list = append(list, string(e.Message.Payload))
		}
	}
	return list
}

// texts are the messages' payloads.
func texts(messages []sdk.Message) []string {
	list := make([]string, len(messages))
	for i := range messages {
		list[i] = string(messages[i].Payload)
	}
	return list
}

func same(t testing.TB, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %.300q, want %.300q", got, want)
	}
}

// appendTo adds text to a segment from outside.
func appendTo(t testing.TB, folder string, number uint64, text string) {
	t.Helper()
	file, err := os.OpenFile(record.Path(folder, number), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// line is a record with nothing but a payload.
func line(payload string) string {
	text, _ := json.Marshal(payload)
	return `{"payload":` + string(text) + "}\n"
}
