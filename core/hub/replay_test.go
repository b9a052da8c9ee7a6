package hub_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

// asRecord is a dead letter as it is given to Replay.
func asRecord(m *core.Message) control.ReplayRecord {
	record := control.ReplayRecord{ID: m.ID.String(), Time: time.Unix(0, m.Time).UTC(), PayloadBase64: m.Payload}
	if m.Header != nil {
		record.ContentType, record.Attributes = m.Header.ContentType, map[string]string{}
		for _, a := range m.Header.Attributes {
			record.Attributes[a.Name] = a.Value
		}
	}
	return record
}

// again replays messages and returns what became of each.
func (r *relay) again(ctx context.Context, route, outlet string, messages []core.Message) ([]control.Replayed, error) {
	request := control.ReplayRequest{Route: route, Outlet: outlet}
	for i := range messages {
		request.Records = append(request.Records, asRecord(&messages[i]))
	}
	out := make([]control.Replayed, len(messages))
	err := r.Replay(ctx, request, func(list []control.Replayed) error {
		for _, one := range list {
			out[one.Index] = one
		}
		return nil
	})
	return out, err
}

// A dead letter that comes again is decoded, filtered and encoded like any other message, goes to its outlet alone, and
// is the message that it was.
func TestDeadLettersComeAgainToTheirOutletAlone(t *testing.T) {
	dir := t.TempDir()
	received, others := filepath.Join(dir, "received"), filepath.Join(dir, "others")
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: text, id: marshal-text}
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 4, payload: '"n{n}"', ack: true, marshalling: json, attributes: {kind: x}}
    - {name: sink, id: endpoint-mock, marshalling: text, record: %q, fail: {class: permanent, times: 5}}
    - {name: other, id: endpoint-mock, record: %q}
    - {name: broken, id: endpoint-file, path: %q}
routes:
  source:
    - {to: sink, when: 'data != "n4"', dead-letter: broken}
    - other
`, received, others, filepath.Join(dir, "broken")))
	eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == 4 })
	dead, _ := letters(t, filepath.Join(dir, "broken"))
	if len(dead) != 3 {
		t.Fatalf("%d dead letters", len(dead))
	}
	fourth := dead[0]
	fourth.ID, fourth.Payload = core.ID{4}, []byte(`"n4"`)
	got, err := r.again(t.Context(), "source", "sink", append(dead, fourth))
	want := "[{0 true dead-lettered } {1 true dead-lettered } {2 true delivered } {3 true filtered }]"
	if err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, got %v, want %s", err, got, want)
	}
	text, err := os.ReadFile(received)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{fmt.Sprintf(`"id":"%s"`, dead[2].ID), `"source":"source"`, `"kind":"x"`, `"text":"n`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("received %s, want %s in it", text, part)
		}
	}
	if strings.Contains(string(text), "dead") || strings.Count(string(text), "\n") != 1 {
		t.Errorf("received %s", text)
	}
	if got := r.figure("other", "received"); got != 4 {
		t.Errorf("the other outlet's endpoint received %d", got)
	}
	if again, stories := letters(t, filepath.Join(dir, "broken")); len(again) != 5 || again[3].ID != dead[0].ID || stories[3].Outlet != "sink" {
		t.Errorf("%d dead letters in the end", len(again))
	}
}

// Whoever asks may leave at any time. What was not shown as settled is asked for again, and nothing is lost.
func TestReplayThatWasInterruptedIsDoneAgain(t *testing.T) {
	dir := t.TempDir()
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 1, ack: true}
    - {name: sink, id: endpoint-mock, fail: {class: permanent, times: 1}}
    - {name: broken, id: endpoint-file, path: %q}
routes:
  source: [{to: sink, dead-letter: broken}]
`, filepath.Join(dir, "broken")))
	eventually(t, "it is settled at the source", func() bool { return r.figure("source", "settled") == 1 })
	dead, _ := letters(t, filepath.Join(dir, "broken"))
	if err := r.SetEnabled(t.Context(), "sink", false); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	waited := make(chan error, 1)
	go func() {
		_, err := r.again(ctx, "source", "sink", dead)
		waited <- err
	}()
	eventually(t, "it waits for the endpoint", func() bool { return r.outlet("source", "sink").Account.Queued == 1 })
	leave()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := r.SetEnabled(t.Context(), "sink", true); err != nil {
		t.Fatal(err)
	}
	got, err := r.again(t.Context(), "source", "sink", dead)
	if err != nil || !got[0].Settled {
		t.Errorf("%v, %+v", err, got)
	}
	// The mock counts its failures anew when it is enabled.
	eventually(t, "both come to an end", func() bool {
		a := r.outlet("source", "sink").Account
		return a.In == 3 && a.DeadLettered == 2 && a.Delivered == 1
	})
}

func TestReplayIsRefusedByName(t *testing.T) {
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: source, id: endpoint-mock}
    - {name: sink, id: endpoint-mock}
    - {name: broken, id: endpoint-file, path: %q}
routes:
  source: [{to: sink, name: archive, dead-letter: broken}]
`, filepath.Join(t.TempDir(), "broken")))
	for outlet, nearest := range map[string]string{"archiv": "archive", "archive/broken": ""} {
		var refused *control.Error
		if _, err := r.again(t.Context(), "source", outlet, nil); !errors.As(err, &refused) ||
			refused.Code != control.CodeUnknownOutlet || refused.Nearest != nearest {
			t.Errorf("%s: %v", outlet, err)
		}
	}
	request := control.ReplayRequest{Route: "source", Outlet: "archive", Records: []control.ReplayRecord{{ID: "12"}}}
	if err := r.Replay(t.Context(), request, nil); err == nil || !strings.Contains(err.Error(), "32 hexadecimal digits") {
		t.Errorf("%v", err)
	}
}

// A reload may lead what is replayed elsewhere. What becomes of it there is not seen, and that is said instead of waited for.
func TestReplayEndsWhereAReloadLeadsItElsewhere(t *testing.T) {
	config := func(to string) string {
		return fmt.Sprintf(`
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, ack: true}
    - {name: sink, id: endpoint-mock, enabled: false}
    - {name: other, id: endpoint-mock}
routes:
  source: [{to: %s, name: archive}]
`, to)
	}
	r := start(t, config("sink"))
	waited := make(chan string, 1)
	go func() {
		got, err := r.again(t.Context(), "source", "archive", []core.Message{{ID: core.ID{1}, Source: "source", Payload: []byte("x")}})
		waited <- fmt.Sprint(got, err)
	}()
	eventually(t, "it waits for the endpoint", func() bool { return r.outlet("source", "archive").Account.Queued == 1 })
	r.reloaded(config("sink, ttl: 1h"))
	r.reloaded(config("other"))
	select {
	case got := <-waited:
		if want := "[{0 false unknown }] <nil>"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	case <-time.After(patience):
		t.Error("the replay does not end")
	}
	eventually(t, "the other one has it", func() bool { return r.figure("other", "received") == 1 })
}
