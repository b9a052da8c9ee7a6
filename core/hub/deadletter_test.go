package hub_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
)

// letters are the dead letters in a folder of endpoint-file, in the order of their records.
func letters(t *testing.T, folder string) (messages []core.Message, stories []core.DeadLetter) {
	t.Helper()
	for entry, err := range record.Read(folder, record.Position{}) {
		if err != nil || entry.Err != nil {
			t.Fatal(err, entry.Err)
		}
		story, _, found := core.ReadDeadLetter(entry.Message.Header.Attributes)
		if !found {
			t.Fatalf("%s is no dead letter: %v", entry.Position, entry.Message.Header)
		}
		messages, stories = append(messages, entry.Message), append(stories, story)
	}
	return messages, stories
}

// The dead letter has the bytes of the source, though the route converted them, and says why and where it died.
func TestDeadLettersHaveTheOriginalBytesAndTheirStory(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "broken")
	began := time.Now().Truncate(time.Millisecond)
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: msgpack, id: marshal-msgpack}
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 30, payload: '{"n":  {n}}', ack: true, marshalling: json,
       attributes: {kind: order}}
    - {name: sink, id: endpoint-mock, marshalling: msgpack, fail: {class: permanent, each: 3}}
    - {name: broken, id: endpoint-file, path: %q, marshalling: msgpack}
routes:
  source: [{to: sink, name: archive, dead-letter: broken}]
`, folder))
	eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == 30 })
	messages, stories := letters(t, folder)
	if len(messages) != 10 {
		t.Fatalf("%d dead letters", len(messages))
	}
	for i, m := range messages {
		story := stories[i]
		if !strings.HasPrefix(string(m.Payload), `{"n":  `) || m.Source != "source" || m.Attribute("kind") != "order" {
			t.Errorf("%s of %s, kind %q", m.Payload, m.Source, m.Attribute("kind"))
		}
		if story.Route != "source" || story.Outlet != "archive" || story.Reason != "refused" || story.Attempts != 1 ||
			story.Error == "" {
			t.Errorf("%+v", story)
		}
		if story.First.Before(began) || story.Last.Before(story.First) || story.Last.After(time.Now()) {
			t.Errorf("first %v, last %v", story.First, story.Last)
		}
	}
	outlet, lane := r.outlet("source", "archive"), r.outlet("source", "archive/broken")
	if a := outlet.Account; a.In != 30 || a.Delivered != 20 || a.DeadLettered != 10 || outlet.DeadLetter != "broken" {
		t.Errorf("outlet: %+v", outlet)
	}
	if a := lane.Account; a.In != 10 || a.Delivered != 10 || lane.DeadLetterOf != "archive" || lane.Mode != "acked" {
		t.Errorf("dead letters: %+v", lane)
	}
}

// What nothing can read, encode or filter has never been sent.
func TestDeadLettersOfWhatWasNeverSent(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "broken")
	r := start(t, fmt.Sprintf(`
plugins:
  marshalling: [{name: json, id: marshal-json}, {name: msgpack, id: marshal-msgpack}]
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 1, payload: '{"n":', ack: true, marshalling: json}
    - {name: sink, id: endpoint-mock, marshalling: msgpack}
    - {name: broken, id: endpoint-file, path: %q}
routes:
  source:
    - {to: sink, dead-letter: broken}
    - {to: sink, name: asks, when: 'attributes.kind == "x"', dead-letter: broken}
`, folder))
	eventually(t, "it is settled at the source", func() bool { return r.figure("source", "settled") == 1 })
	messages, stories := letters(t, folder)
	reasons := map[string]string{}
	for i, story := range stories {
		reasons[story.Outlet] = fmt.Sprint(story.Reason, " after ", story.Attempts, " of ", string(messages[i].Payload))
	}
	if got, want := fmt.Sprint(reasons), `map[asks:undecodable after 0 of {"n": sink:undecodable after 0 of {"n":]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Nothing is settled before the dead letter has it, and nothing is lost while that is away.
//
// fault: F1
func TestMessagesStayInFlightUntilTheDeadLetterHasThem(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "broken")
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 200us, count: 5000, payload: "{n}", ack: true}
    - {name: sink, id: endpoint-mock, fail: {class: permanent, each: 2}}
    - {name: broken, id: endpoint-file, path: %q, enabled: false, process: own}
routes:
  source: [{to: sink, dead-letter: broken}]
`, folder))
	eventually(t, "dead letters wait", func() bool { return r.outlet("source", "sink/broken").Account.Queued > 100 })
	s, lane := r.outlet("source", "sink"), r.outlet("source", "sink/broken")
	if s.Account.DeadLettered != 0 || s.Account.InFlight < 100 || lane.Paused != "the endpoint is disabled" {
		t.Errorf("%+v, dead letters %q", s.Account, lane.Paused)
	}
	settled := r.figure("source", "settled")
	if delivered := int64(r.outlet("source", "sink").Account.Delivered); settled > delivered {
		t.Errorf("%d are settled, %d delivered", settled, delivered)
	}
	if err := r.SetEnabled(t.Context(), "broken", true); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		before := r.outlet("source", "sink").Account.DeadLettered
		eventually(t, "dead letters are written", func() bool { return r.outlet("source", "sink").Account.DeadLettered > before })
		pid := r.plugin("file/broken").PID
		kill(t, pid)
		r.back("file/broken", pid)
	}
	eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == 5000 })
	messages, _ := letters(t, folder)
	found := map[string]bool{}
	for i := range messages {
		found[string(messages[i].Payload)] = true
	}
	a := r.outlet("source", "sink").Account
	if uint64(len(found)) != a.DeadLettered || a.DeadLettered+a.Delivered != 5000 || a.DeadLettered < 1000 {
		t.Errorf("%d different dead letters, account %+v", len(found), a)
	}
}

// What the dead letter can never take is not lost either: its lane holds it until somebody sees to it.
func TestDeadLetterThatIsRefusedIsHeld(t *testing.T) {
	r := start(t, `
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 10, ack: true}
    - {name: sink, id: endpoint-mock, fail: {class: permanent}}
    - {name: broken, id: endpoint-mock, fail: {class: permanent, times: 1}}
routes:
  source: [{to: sink, dead-letter: broken}]
`)
	eventually(t, "the lane is held", func() bool {
		return strings.HasPrefix(r.outlet("source", "sink/broken").Paused, "the endpoint can't take the first message")
	})
	if a := r.outlet("source", "sink").Account; a.InFlight == 0 || len(a.Dropped) > 0 {
		t.Errorf("%+v", a)
	}
	if err := r.SetEnabled(t.Context(), "broken", true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is settled at the source", func() bool { return r.figure("source", "settled") == 10 })
	if a := r.outlet("source", "sink").Account; a.DeadLettered != 10 {
		t.Errorf("%+v", a)
	}
}

// The lane of dead letters is acked for its endpoint too, whatever its outlet is: what became of each is named, where the
// endpoint would only count it on a live lane.
func TestEndpointOfADeadLetterNamesWhatBecameOfEach(t *testing.T) {
	r := start(t, `
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 10}
    - {name: sink, id: endpoint-mock, fail: {class: permanent}}
    - {name: broken, id: endpoint-mock, fail: {class: no-recipient, each: 2}}
routes:
  source: [{to: sink, delivery: live, queue: {overflow: block}, dead-letter: broken}]
`)
	eventually(t, "all dead letters have come to an end", func() bool { return r.outlet("source", "sink").Account.DeadLettered == 10 })
	if a := r.outlet("source", "sink/broken").Account; a.Delivered != 5 || a.Dropped["no-recipient"] != 5 {
		t.Errorf("dead letters: %+v", a)
	}
	if e := r.endpoint("broken"); len(e.Rejected) > 0 {
		t.Errorf("refused of the dead letter's endpoint: %v", e.Rejected)
	}
}

// A full dead letter is no loss: the lane waits, says so, and goes on when there is room.
func TestFullDeadLetterWaitsAndSaysSo(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "broken")
	r := start(t, fmt.Sprintf(`
plugins:
  endpoints:
    - {name: source, id: endpoint-mock, every: 0s, count: 30, size: 512B, ack: true}
    - {name: sink, id: endpoint-mock, fail: {class: permanent}}
    - {name: broken, id: endpoint-file, path: %q, segment-size: 4KiB, max-size: 8KiB, when-full: refuse}
routes:
  source: [{to: sink, dead-letter: broken, retry: {initial: 10ms, max: 20ms}}]
`, folder))
	eventually(t, "the folder is full", func() bool {
		return strings.Contains(r.outlet("source", "sink/broken").LastFailure, "the folder is full")
	})
	kept, _ := letters(t, folder)
	if a := r.outlet("source", "sink").Account; a.InFlight == 0 || a.DeadLettered != uint64(len(kept)) || len(kept) == 30 {
		t.Errorf("%d kept, %+v", len(kept), a)
	}
	if got := r.endpoint("broken"); got.State != "degraded" || !strings.Contains(got.Cause, "the folder is full") {
		t.Errorf("the dead letter's endpoint is %s: %s", got.State, got.Cause)
	}
	segments, err := record.Segments(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(record.Path(folder, segments[0].Number)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "there is room for more", func() bool {
		return r.outlet("source", "sink").Account.DeadLettered > uint64(len(kept))
	})
	// What is left over can't be written any more.
	r.Abort()
	<-r.ended
	r.ended <- nil
}
