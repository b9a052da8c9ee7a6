package mock_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/mock"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, mock.Plugin) }

// parity: A17 A20
func TestConformance(t *testing.T) {
	sdktest.Run(t, mock.Plugin, sdktest.Promises{
		ID:  "endpoint-mock",
		New: newOutside,
		NewRefusing: func(testing.TB) sdktest.Outside {
			return sdktest.Outside{Config: `{"fail": {"class": "permanent"}}`}
		},
		NewStalled: func(testing.TB) sdktest.Outside {
			return sdktest.Outside{Config: `{"stall-after": 0}`}
		},
		BadConfigs: map[string]string{
			`{"every": "often"}`:             "/every",
			`{"every": "-1s"}`:               "/every",
			`{"count": -1}`:                  "/count",
			`{"fail": {"class": "lazy"}}`:    "/fail/class",
			`{"fail": {"each": 0}}`:          "/fail/each",
			`{"confirm": "maybe"}`:           "/confirm",
			`{"attributes": {"A": "b"}}`:     "/attributes/A",
			`{"loop": true, "ack": true}`:    "/loop",
			`{"disconnect": {"soon": true}}`: "/disconnect/soon",
		},
	})
}

// newOutside is a mock that makes numbers and records what it gets.
func newOutside(t testing.TB) sdktest.Outside {
	record := filepath.Join(t.TempDir(), "record")
	config, err := json.Marshal(map[string]any{
		"channel": "channel 1", "every": "0s", "payload": "{n}", "ack": true, "record": record,
	})
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	return sdktest.Outside{
		Config: string(config),
		Feed: func(_ testing.TB, payloads [][]byte) [][]byte {
			made := make([][]byte, len(payloads))
			for i := range made {
				made[i] = fmt.Append(nil, i+1)
			}
			return made
		},
		Read: func(t testing.TB, n int) [][]byte {
			read += n
			return readRecord(t, record, read)[read-n:]
		},
	}
}

// readRecord waits until the record has n lines.
func readRecord(t testing.TB, path string, n int) [][]byte {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		lines := payloadsIn(t, path)
		if len(lines) >= n {
			return lines[:n]
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d messages recorded", len(lines), n)
		}
	}
}

func payloadsIn(t testing.TB, path string) [][]byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var list [][]byte
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 2<<20)
	for lines.Scan() {
		var l struct {
			Text  string `json:"text"`
			Bytes []byte `json:"base64"`
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		list = append(list, append(l.Bytes, l.Text...))
	}
	return list
}

// attach opens a mock and a stream to it.
func attach(t *testing.T, config string) (*sdktest.Hub, *sdktest.Session) {
	t.Helper()
	h := sdktest.InMemory(t, mock.Plugin)
	if err := h.Open(t, sdktest.Instance{Name: "m", ID: "endpoint-mock", Config: config}); err != nil {
		t.Fatal(err)
	}
	return h, h.Attach(t, "m")
}

func TestCountAndSizeOfMessagesMade(t *testing.T) {
	h, session := attach(t, `{"every": "1ms", "payload": "no. {n}", "size": "8", "count": 3}`)
	session.OpenInbound(t, 1, 100, 1<<20)
	seen := session.Wait(t, "three messages", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 3 })
	if got := string(seen.Messages[2].Payload); got != "no. 3..." {
		t.Errorf("third message %q", got)
	}
	if n := h.Inspect(t, "m")["made"]; n != 3 {
		t.Errorf("made %d", n)
	}
}

func TestFailuresAsConfigured(t *testing.T) {
	h, session := attach(t, `{"fail": {"class": "throttled", "retry-after": "3s", "each": 2, "times": 2}}`)
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	session.Deliver(t, 1, 1, 1, make([][]byte, 8)...)
	l := session.Wait(t, "receipts", func(seen *sdktest.Seen) bool { return seen.Lanes[1].UpTo == 8 }).Lanes[1]
	if len(l.Exceptions) != 2 || l.Exceptions[0].First != 2 || l.Exceptions[1].First != 4 {
		t.Fatalf("exceptions %+v", l.Exceptions)
	}
	if f := l.Exceptions[0].Failure; f.Class != core.FailureThrottled || f.RetryAfter != 3*time.Second ||
		f.Scope != core.ScopeMessage || f.Attempted != core.AttemptedNo {
		t.Errorf("failure %+v", f)
	}
	if got := h.Inspect(t, "m"); got["received"] != 6 || got["failed"] != 2 {
		t.Errorf("figures %v", got)
	}
}

func TestNobodyThere(t *testing.T) {
	_, session := attach(t, `{"fail": {"class": "no-recipient"}}`)
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	session.Deliver(t, 1, 1, 1, make([][]byte, 3)...)
	session.Wait(t, "the count", func(seen *sdktest.Seen) bool { return seen.Lanes[1].Counts[core.OutcomeNoRecipient] == 3 })
}

func TestDisconnectionEnds(t *testing.T) {
	_, session := attach(t, `{"disconnect": {"for": "50ms"}}`)
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	first := uint64(1)
	for confirmed := false; !confirmed; first++ {
		session.Deliver(t, 1, 1, first, []byte("x"))
		l := session.Wait(t, "the receipt", func(seen *sdktest.Seen) bool { return seen.Lanes[1].UpTo == first }).Lanes[1]
		confirmed = uint64(len(l.Exceptions)) < first
		if first == 1 && (confirmed || l.Exceptions[0].Failure.Scope != core.ScopeEndpoint) {
			t.Fatalf("not away: %+v", l.Exceptions)
		}
	}
	seen := session.Wait(t, "both events", func(seen *sdktest.Seen) bool { return len(seen.Events) == 2 })
	if seen.Events[0].Kind != core.EventDisconnected || seen.Events[1].Kind != core.EventConnected {
		t.Errorf("events %+v", seen.Events)
	}
}

func TestLateConfirmation(t *testing.T) {
	_, session := attach(t, `{"confirm-after": "100ms"}`)
	session.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	began := time.Now()
	session.Deliver(t, 1, 1, 1, []byte("x"))
	session.Wait(t, "the receipt", func(seen *sdktest.Seen) bool { return seen.Lanes[1].UpTo == 1 })
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("confirmed after %s", took)
	}
}

func TestTwoMocksCannotShareARecord(t *testing.T) {
	h := sdktest.InMemory(t, mock.Plugin)
	i := sdktest.Instance{Name: "m", ID: "endpoint-mock", Config: `{"record": "r", "confirm": "none"}`, BaseDir: "/data"}
	a := h.Validate(t, i)
	if len(a.Claims) != 1 || a.Claims[0] != "file:/data/r" {
		t.Errorf("claims %v", a.Claims)
	}
	if a.Capabilities.Outbound.Confirm != core.ConfirmNone || a.Capabilities.Inbound.Ack != core.AckNone {
		t.Errorf("capabilities %+v %+v", a.Capabilities.Outbound, a.Capabilities.Inbound)
	}
}

func TestAttributesOfMessagesMade(t *testing.T) {
	_, session := attach(t, `{"every": "0s", "count": 2, "attributes": {"to": "conn:a-1.1", "room": "blue"}}`)
	session.OpenInbound(t, 1, 10, 1<<20)
	seen := session.Wait(t, "messages", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 2 })
	for _, m := range seen.Messages {
		if m.Attribute("to") != "conn:a-1.1" || m.Attribute("room") != "blue" || len(m.Header.Attributes) != 2 {
			t.Errorf("attributes %+v", m.Header)
		}
	}
}

func TestALoopBringsBackWhatItIsSent(t *testing.T) {
	h, session := attach(t, `{"loop": true, "attributes": {"hops": "3"}}`)
	session.OpenInbound(t, 1, 2, 1<<20)
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	session.Deliver(t, 1, 1, 1, []byte("a"), []byte("b"))
	session.Deliver(t, 1, 1, 3, []byte("c"))
	seen := session.Wait(t, "both", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 2 })
	if string(seen.Messages[0].Payload) != "a" || string(seen.Messages[1].Payload) != "b" {
		t.Errorf("came back: %v", seen.Messages)
	}
	session.Grant(t, 1, 1, 0)
	session.Wait(t, "the one that waited for credit", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 3 })
	a := h.Validate(t, sdktest.Instance{Name: "m", ID: "endpoint-mock", Config: `{"loop": true}`})
	if len(a.SpeaksTo) != 1 || a.SpeaksTo[0] != "hub:m" || a.HearsFrom[0] != "hub:m" {
		t.Errorf("places %v, %v", a.SpeaksTo, a.HearsFrom)
	}
}
