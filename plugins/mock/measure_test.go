package mock_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/mock"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestPayloadOfAFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p"), []byte("a\x00\xff{n}"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := sdktest.InMemory(t, mock.Plugin)
	instance := sdktest.Instance{Name: "m", ID: "endpoint-mock", Config: `{"every": "0s", "count": 2, "payload-file": "p"}`, BaseDir: dir}
	if err := h.Open(t, instance); err != nil {
		t.Fatal(err)
	}
	session := h.Attach(t, "m")
	session.OpenInbound(t, 1, 10, 1<<20)
	seen := session.Wait(t, "both", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 2 })
	if got := string(seen.Messages[1].Payload); got != "a\x00\xff2" {
		t.Errorf("payload %q", got)
	}
	instance.Name, instance.BaseDir = "other", "/nowhere"
	if err := h.Open(t, instance); err == nil {
		t.Error("a payload that is not there was taken")
	}
}

// A message that waited for the hub has the time when it was due: its delay counts.
func TestStampsAreTheTimesWhenMessagesWereDue(t *testing.T) {
	_, session := attach(t, `{"every": "10ms", "count": 5, "stamp": true}`)
	session.OpenInbound(t, 1, 1, 1<<20)
	seen := session.Wait(t, "the first", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 1 })
	due := func(n int64) int64 { return seen.Messages[0].Time + n*(10*time.Millisecond).Nanoseconds() }
	for time.Now().UnixNano() < due(5) {
		session.Wait(t, "nothing more without credit", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 1 })
	}
	session.Grant(t, 1, 100, 0)
	seen = session.Wait(t, "all", func(seen *sdktest.Seen) bool { return len(seen.Messages) == 5 })
	for i, m := range seen.Messages {
		if m.Time != due(int64(i)) {
			t.Errorf("message %d was due %d, says %d", i, due(int64(i)), m.Time)
		}
	}
}

func TestAWindowGoesOnWhenItIsTold(t *testing.T) {
	h := sdktest.InMemory(t, mock.Plugin)
	dir, err := os.MkdirTemp("", "a")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for name, config := range map[string]string{
		"source": `{"every": "0s", "stamp": true, "count": 1000, "window": {"messages": 8, "socket": "w"}}`,
		"sink":   `{"tell": "w", "latency": true}`,
	} {
		if err := h.Open(t, sdktest.Instance{Name: name, ID: "endpoint-mock", Config: config, BaseDir: dir}); err != nil {
			t.Fatal(err)
		}
	}
	// The socket that closing leaves is in nobody's way.
	if err := errors.Join(h.SetEnabled("source", false), h.SetEnabled("source", true)); err != nil {
		t.Fatal(err)
	}
	source, sink := h.Attach(t, "source"), h.Attach(t, "sink")
	source.OpenInbound(t, 1, 1000, 1<<20)
	sink.OpenLane(t, 1, 1, core.LaneOptions{Acked: true})
	seen := source.Wait(t, "a window full", func(seen *sdktest.Seen) bool { return len(seen.Messages) >= 8 })
	sink.DeliverMessages(t, 1, 1, 1, seen.Messages[:6])
	source.Wait(t, "what there is room for", func(seen *sdktest.Seen) bool { return len(seen.Messages) >= 14 })
	sink.Wait(t, "the receipt", func(seen *sdktest.Seen) bool { return seen.Lanes[1].UpTo == 6 })
	figures := h.Inspect(t, "sink")
	counted := int64(0)
	for name, n := range figures {
		if bound, is := strings.CutPrefix(name, "latency-"); is && bound != "longest" {
			counted += n
			if ns, err := strconv.ParseInt(bound, 10, 64); err != nil || ns > figures["latency-longest"]*33/32 {
				t.Errorf("%s: %d, longest %d", name, n, figures["latency-longest"])
			}
		}
	}
	if counted != 6 {
		t.Errorf("%d latencies counted: %v", counted, figures)
	}
	// What follows is told by nobody: the window does not wait for it for ever.
	source.Wait(t, "more", func(seen *sdktest.Seen) bool { return len(seen.Messages) > 14 })
}

func TestAWindowNeedsASocket(t *testing.T) {
	h := sdktest.InMemory(t, mock.Plugin)
	a := h.Validate(t, sdktest.Instance{Name: "m", ID: "endpoint-mock", Config: `{"window": {}}`})
	if len(a.Diagnostics) != 1 || !strings.Contains(fmt.Sprint(a.Diagnostics), "socket") {
		t.Errorf("%v", a.Diagnostics)
	}
	a = h.Validate(t, sdktest.Instance{Name: "m", ID: "endpoint-mock", Config: `{"window": {"socket": "/run/w"}}`})
	if len(a.Claims) != 1 || a.Claims[0] != "file:/run/w" {
		t.Errorf("claims %v", a.Claims)
	}
}
