package host

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// converted collects what a converter answers.
type converted struct {
	mu       sync.Mutex
	messages []core.Message
	faults   []string
	calls    []int
}

// convert asks for a conversion of payloads; number tells its answer from others.
func (c *converted) convert(by core.Converter, number int, payloads ...string) {
	messages := make([]core.Message, len(payloads))
	for i, p := range payloads {
		messages[i] = core.Message{ID: core.ID{1}.Add(uint64(i)), Source: "s", Payload: []byte(p)}
	}
	c.convertMessages(by, number, messages)
}

func (c *converted) convertMessages(by core.Converter, number int, messages []core.Message) {
	by.Convert(messages, func(out []core.Message, faults []core.Fault) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.messages = append(c.messages, out...)
		c.calls = append(c.calls, number)
		for _, f := range faults {
			c.faults = append(c.faults, fmt.Sprintf("%d.%d %v: %s", number, f.Index, f.Reason, f.Detail))
		}
	})
}

func (c *converted) payloads() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for i := range c.messages {
		list = append(list, string(c.messages[i].Payload))
	}
	return strings.Join(list, " ")
}

func (c *converted) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

func (c *converted) wait(t *testing.T, calls int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d conversions are answered", calls), func() bool { return c.count() == calls })
}

func (c *converted) allFaults() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.faults, "\n")
}

// openMarshalling starts the test plugin with a marshalling that is closed when the test ends.
func openMarshalling(t *testing.T, f *fixture, timeout time.Duration) *Marshalling {
	t.Helper()
	spec := testSpec(t, "good")
	spec.Restart = RestartPolicy{Initial: time.Millisecond, Max: 10 * time.Millisecond}
	m := f.start(t, spec).AddMarshalling(Instance{Name: "m", ID: "marshal-test", Config: []byte("{}"), Timeout: timeout})
	if err := m.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(context.Background(), CloseShutdown) })
	return m
}

// parity: A10
func TestMarshallingConvertsBothWaysInOrder(t *testing.T) {
	m := openMarshalling(t, newFixture(t), 0)
	var decoded, encoded converted
	const n = 200
	for i := range n {
		decoded.convert(m.Decoder(nil), i, fmt.Sprint("a", i), "bad", fmt.Sprint("b", i))
		encoded.convert(m.Encoder(), i, fmt.Sprint("v:c", i))
	}
	decoded.wait(t, n)
	encoded.wait(t, n)
	for i := range n {
		if decoded.calls[i] != i || encoded.calls[i] != i {
			t.Fatalf("answer %d is number %d and %d", i, decoded.calls[i], encoded.calls[i])
		}
		if got := string(encoded.messages[i].Payload); got != fmt.Sprint("c", i) {
			t.Errorf("encoded %q", got)
		}
		if got := string(decoded.messages[3*i+2].Payload); got != fmt.Sprint("v:b", i) {
			t.Errorf("decoded %q", got)
		}
	}
	if first := decoded.messages[0]; first.Source != "s" || first.ID != (core.ID{1}) || first.Header.ContentType != core.CanonicalType {
		t.Errorf("decoded %+v", first)
	}
	if got := encoded.messages[0].Header.ContentType; got != "text/test" {
		t.Errorf("content type %q", got)
	}
	if got := string(decoded.messages[1].Payload); got != "bad" || decoded.messages[1].Header != nil {
		t.Errorf("what can't be decoded became %q", got)
	}
	if got, want := decoded.faults[0], "0.1 undecodable: marshalling m: /a/0: no such thing"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s := m.Status()
	if s.State != core.StateReady || s.Decoded != 2*n || s.Encoded != n || s.Failed != n {
		t.Errorf("status %+v", s)
	}
}

// An envelope names its message's source, which a batch does not hold.
func TestEncodingTellsTheSource(t *testing.T) {
	m := openMarshalling(t, newFixture(t), 0)
	var got converted
	var messages []core.Message
	for _, source := range []string{"a", "a", "b", "a"} {
		messages = append(messages, core.Message{Source: source, Payload: []byte("v:source")})
	}
	got.convertMessages(m.Encoder(), 0, messages)
	got.wait(t, 1)
	if got.payloads() != "a a b a" {
		t.Errorf("sources %q", got.payloads())
	}
}

// A request is cut where a frame ends, and its answers are one again.
func TestLargeBatchesCrossInSeveralFrames(t *testing.T) {
	m := openMarshalling(t, newFixture(t), 0)
	var got converted
	payloads := make([]string, 100)
	for i := range payloads {
		payloads[i] = strings.Repeat(fmt.Sprint(i%10), 100_000)
	}
	payloads[77] = "bad"
	got.convert(m.Decoder(nil), 0, payloads...)
	got.wait(t, 1)
	for i := range payloads {
		if want := "v:" + payloads[i]; i != 77 && string(got.messages[i].Payload) != want {
			t.Fatalf("message %d is another", i)
		}
	}
	if !strings.HasPrefix(got.allFaults(), "0.77 undecodable") {
		t.Error(got.allFaults())
	}
}

func TestResultLargerThanMaxMessageIsItsOwnFault(t *testing.T) {
	m := openMarshalling(t, newFixture(t), 0)
	var got converted
	got.convert(m.Encoder(), 0, "v:a", "v:grow", "v:b")
	got.wait(t, 1)
	if got.payloads() != "a v:grow b" {
		t.Errorf("got %q", got.payloads())
	}
	if want := "0.1 unencodable: marshalling m: the result is larger than max-message"; got.allFaults() != want {
		t.Errorf("got %q, want %q", got.allFaults(), want)
	}
}

// fault: B14
func TestEnvelopesCannotMasquerade(t *testing.T) {
	m := openMarshalling(t, newFixture(t), 0)
	was := &core.Header{ContentType: "text/x", Attributes: core.NewAttributes(
		core.Attribute{Name: "conn", Value: "ws-1.1"}, core.Attribute{Name: "topic", Value: "old"})}
	for trust, want := range map[string]string{
		"":        "conn=ws-1.1 ok=1 topic=new",
		"to":      "conn=ws-1.1 ok=1 to=conn:x topic=new",
		"to hops": "conn=ws-1.1 hops=0 ok=1 to=conn:x topic=new",
	} {
		var got converted
		payload := []byte("attributes conn=me source=me hops=0 to=conn:x Bad=1 ok=1 topic=new")
		got.convertMessages(m.Decoder(strings.Fields(trust)), 0, []core.Message{{Header: was, Payload: payload}})
		got.wait(t, 1)
		var list []string
		for _, a := range got.messages[0].Header.Attributes {
			list = append(list, a.Name+"="+a.Value)
		}
		if strings.Join(list, " ") != want || got.messages[0].Header.ContentType != core.CanonicalType {
			t.Errorf("trust %q: got %v, want %s", trust, list, want)
		}
	}
	if r := m.Status().Rejected; r["attribute"] != 9 || r["untrusted-attribute"] != 3 {
		t.Errorf("rejected %v", r)
	}
}

// What a process left unanswered is given to the next, in order, and nothing is answered twice.
func TestConversionsSurviveTheirProcess(t *testing.T) {
	f := newFixture(t)
	m := openMarshalling(t, f, 0)
	once := filepath.Join(t.TempDir(), "died")
	var got converted
	for i := range 50 {
		got.convert(m.Encoder(), i, fmt.Sprint("v:", i))
		if i == 20 {
			got.convert(m.Encoder(), 1000, "v:die once "+once)
		}
	}
	got.wait(t, 51)
	if got.allFaults() != "" || got.calls[21] != 1000 || got.calls[50] != 49 {
		t.Errorf("faults %q, order %v", got.allFaults(), got.calls)
	}
	if s := m.Status(); s.State != core.StateReady || s.Restarts != 1 {
		t.Errorf("status %+v", s)
	}
}

func TestMessageThatKillsItsMarshallingIsFound(t *testing.T) {
	m := openMarshalling(t, newFixture(t), 0)
	var got converted
	got.convert(m.Decoder(nil), 0, "a", "b")
	got.convert(m.Decoder(nil), 1, "c", "die", "d")
	got.convert(m.Decoder(nil), 2, "e")
	got.wait(t, 3)
	if got.payloads() != "v:a v:b v:c die v:d v:e" {
		t.Errorf("got %q", got.payloads())
	}
	if want := "1.1 crashed-plugin: marshalling m: its plugin died each time it was given the message"; got.allFaults() != want {
		t.Errorf("got %q, want %q", got.allFaults(), want)
	}
	if restarts := m.Status().Restarts; restarts != 4 {
		t.Errorf("%d restarts, want 4: three, and one with the message alone", restarts)
	}
}

func TestLateMarshallingIsKilledAndAskedAgain(t *testing.T) {
	f := newFixture(t)
	m := openMarshalling(t, f, 100*time.Millisecond)
	once := filepath.Join(t.TempDir(), "hung")
	var got converted
	got.convert(m.Decoder(nil), 0, "a", "hang once "+once, "b")
	got.wait(t, 1)
	if got.allFaults() != "" {
		t.Error(got.allFaults())
	}
	if log := f.log.String(); !strings.Contains(log, "marshalling m did not answer within 100ms") {
		t.Errorf("the log does not say why it was killed:\n%s", log)
	}
}

// fault: B18
func TestAnswersThatBreakTheProtocolResetTheStream(t *testing.T) {
	for misdeed, counter := range map[string]string{
		"two results": "stream-columns", "other answer": "stream-sequence", "stray error": "stream-columns",
	} {
		t.Run(misdeed, func(t *testing.T) {
			m := openMarshalling(t, newFixture(t), 0)
			var got converted
			got.convert(m.Encoder(), 0, "v:a", "v:"+misdeed)
			got.convert(m.Encoder(), 1, "v:b")
			got.wait(t, 2)
			if got.payloads() != "a v:"+misdeed+" b" || !strings.HasPrefix(got.allFaults(), "0.1 unencodable: marshalling m: ") {
				t.Errorf("got %q, faults %q", got.payloads(), got.allFaults())
			}
			if n := m.Status().Rejected[counter]; n != 4 {
				t.Errorf("%d resets, want 4", n)
			}
		})
	}
}

func TestConvertNeverBlocksWithoutAProcess(t *testing.T) {
	m := openMarshalling(t, newFixture(t), 0)
	m.endpoint.plugin.Stop(t.Context())
	var got converted
	for i := range 100 {
		got.convert(m.Encoder(), i, "v:a")
	}
	if got.count() != 0 {
		t.Error("answered by nobody")
	}
	if err := m.Open(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "marshalling m: ") {
		t.Errorf("open: %v", err)
	}
}
