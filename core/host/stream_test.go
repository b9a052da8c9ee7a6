package host

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// bench is one open endpoint with one lane.
type bench struct {
	*fixture
	plugin   *Plugin
	endpoint *Endpoint
	inlet    *inlet
	outlet   *outlet
}

func newBench(t *testing.T, instance Instance, handle func(core.Batch)) *bench {
	t.Helper()
	f := newFixture(t)
	b := &bench{fixture: f, plugin: f.start(t, testSpec(t, "good")), inlet: &inlet{handle: handle}, outlet: &outlet{}}
	b.endpoint = b.plugin.add(t, instance, b.inlet, b.outlet)
	return b
}

// add opens an endpoint with one lane; the instance's blanks are filled in.
func (p *Plugin) add(t *testing.T, instance Instance, in Inlet, out *outlet) *Endpoint {
	t.Helper()
	if instance.Name == "" {
		instance.Name = "one"
	}
	if instance.Config == nil {
		instance.Config = []byte("{}")
	}
	instance.ID, instance.Inbound, instance.Outbound, instance.Enabled = "endpoint-test", true, true, true
	e := p.Add(instance, in)
	e.AddLane(core.LaneOptions{Source: "somewhere"}, out)
	if err := e.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// parity: A1
func TestMessagesGoOutAndComeIn(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "hello")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "hello" })
	m := b.inlet.messages()[0]
	if m.Source != "one" || m.ID.IsZero() || time.Since(time.Unix(0, m.Time)) > time.Minute {
		t.Errorf("message %+v", m)
	}
	eventually(t, "the receipt", func() (is bool) { b.outlet.read(func() { is = b.outlet.settled == 1 }); return })
	s := b.endpoint.Status()
	if s.State != core.StateReady || s.Received != 1 || s.ReceivedBytes != 5 || len(s.Rejected) != 0 {
		t.Errorf("status %+v", s)
	}
	inspection, err := b.endpoint.Inspect(t.Context())
	if err != nil || inspection.Figures[0].Value != int64(b.plugin.Status().PID) {
		t.Errorf("inspection %+v, %v", inspection, err)
	}
}

func TestEveryMessageArrivesOnceAndInOrder(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	const n = 20_000
	for sent := 0; sent < n; {
		var batch []string
		for i := sent; i < min(n, sent+97); i++ {
			batch = append(batch, fmt.Sprint(i))
		}
		eventually(t, "credit", func() bool {
			k := b.outlet.send(batch...)
			sent += k
			return k > 0
		})
	}
	eventually(t, "all echoes", func() bool { return b.inlet.count() == n })
	seen := make(map[core.ID]bool)
	for i, m := range b.inlet.messages() {
		if string(m.Payload) != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, m.Payload)
		}
		seen[m.ID] = true
	}
	if len(seen) != n {
		t.Errorf("%d ids for %d messages", len(seen), n)
	}
	eventually(t, "all receipts", func() (is bool) { b.outlet.read(func() { is = b.outlet.settled == n }); return })
}

func TestFramesAreSharedAndSplitByBytes(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	big := strings.Repeat("x", 900<<10)
	for range 12 {
		b.outlet.sendAll(t, big)
	}
	eventually(t, "all echoes", func() bool { return b.inlet.count() == 12 })
}

func TestSourceWaitsUntilItsMessagesAreQueued(t *testing.T) {
	held := make(chan core.Ticket, windowMessages+1)
	b := newBench(t, Instance{}, func(batch core.Batch) { held <- batch.Ticket })
	for i := range windowMessages {
		b.outlet.sendAll(t, fmt.Sprint(i))
	}
	eventually(t, "the whole window", func() bool { return b.inlet.count() == windowMessages })
	credit := func() int64 {
		in := b.stream(t).inbound.Load()
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.credit.messages
	}
	if got := credit(); got != 0 {
		t.Errorf("credit of %d is left", got)
	}
	for range windowMessages/2 + 10 {
		(<-held).Queued()
	}
	eventually(t, "new credit", func() bool { return credit() >= windowMessages/2 })
}

// stream is the stream that the endpoint has now.
func (b *bench) stream(t *testing.T) *stream {
	t.Helper()
	var s *stream
	eventually(t, "a stream", func() (is bool) {
		b.outlet.read(func() {
			if l, ok := b.outlet.lane.(*lane); ok {
				s, is = l.stream, true
			}
		})
		return
	})
	return s
}

func TestReceiptsNameWhatIsStillOpen(t *testing.T) {
	tickets := make(chan core.Ticket, 3)
	b := newBench(t, Instance{}, func(batch core.Batch) {
		batch.Ticket.Queued()
		tickets <- batch.Ticket
	})
	for i := range 3 {
		b.outlet.sendAll(t, fmt.Sprint(i))
	}
	one, two, three := <-tickets, <-tickets, <-tickets
	three.Settled(0, 1)
	one.Settled(0, 1)
	b.expectLog(t, "receipt up to 3 PENDING 2+1")
	two.Settled(0, 1)
	b.expectLog(t, "receipt up to 3 CONFIRMED 2+1")
}

func (f *fixture) expectLog(t *testing.T, text string) {
	t.Helper()
	eventually(t, "logged: "+text, func() bool { return strings.Contains(f.log.String(), text) })
}

func TestOwnIdsAndTimesAreKept(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "own ids")
	eventually(t, "both", func() bool { return b.inlet.count() == 2 })
	m := b.inlet.messages()[1]
	if m.ID != (core.ID{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8}) || m.Time != 42 {
		t.Errorf("message %v of %d", m.ID, m.Time)
	}
}

// What a plugin leaves to the hub it may leave of some messages only.
func TestMissingIdsAndTimesAreGiven(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "some ids")
	eventually(t, "all", func() bool { return b.inlet.count() == 3 })
	m := b.inlet.messages()
	if m[0].ID.IsZero() || m[2].ID.IsZero() || m[0].ID == m[2].ID || m[0].Time == 0 || m[2].Time == 0 {
		t.Errorf("messages %v and %v", m[0], m[2])
	}
	if m[1].ID != core.ID(bytes.Repeat([]byte{7}, 16)) || m[1].Time != 42 {
		t.Errorf("message %v of %d", m[1].ID, m[1].Time)
	}
}

func TestRenewedLaneBeginsAnew(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "before")
	eventually(t, "the first echo", func() bool { return b.inlet.payloads() == "before" })
	b.outlet.read(func() {
		was := b.outlet.epoch
		b.outlet.epoch, b.outlet.next, b.outlet.credit = b.outlet.lane.Renew(), 1, 0
		if b.outlet.epoch <= was {
			t.Errorf("epoch %d after %d", b.outlet.epoch, was)
		}
	})
	b.outlet.sendAll(t, "after")
	eventually(t, "the second echo", func() bool { return b.inlet.payloads() == "before after" })
	eventually(t, "the receipt", func() (is bool) { b.outlet.read(func() { is = b.outlet.settled == 1 }); return })
}

func TestEventsMakeTheStateAndGapsAreCounted(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "event:DEGRADED")
	eventually(t, "degraded", func() bool { return b.endpoint.Status().State == core.StateDegraded })
	if cause := b.endpoint.Status().Cause; cause != "no route" {
		t.Errorf("cause %q", cause)
	}
	b.outlet.sendAll(t, "event:RECOVERED")
	eventually(t, "ready", func() bool { return b.endpoint.Status().State == core.StateReady })
	b.outlet.sendAll(t, "event:GAP")
	eventually(t, "a gap", func() bool { s := b.endpoint.Status(); return s.Gaps == 1 && s.Missed == 3 })
}

func TestAGapNamesHowManyAreMissedOnlyWhereThatIsKnown(t *testing.T) {
	var log logBuffer
	s := newEndpointStatus(Instance{Name: "orders"}, newJournal(slog.New(slog.NewTextHandler(&log, nil)), "test"))
	s.event(core.Event{Kind: core.EventGap, Cause: "away"})
	if text := log.String(); !strings.Contains(text, "may have been missed") || strings.Contains(text, "missed=") {
		t.Errorf("log %s", text)
	}
	s.event(core.Event{Kind: core.EventGap, Cause: "away", Missed: 3})
	if text := log.String(); !strings.Contains(text, "missed=3") {
		t.Errorf("log %s", text)
	}
}

func TestCloseIsTheEnd(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "hello")
	if err := b.endpoint.Drain(t.Context(), core.DirectionOutbound); err != nil {
		t.Error(err)
	}
	if s := b.endpoint.Status().State; s != core.StateDraining {
		t.Errorf("state %v", s)
	}
	if err := b.endpoint.Close(t.Context(), CloseRemoved); err != nil {
		t.Error(err)
	}
	if d := b.outlet.downs(); len(d) != 1 || d[0] {
		t.Errorf("down: %v", d)
	}
	if s := b.endpoint.Status().State; s != core.StateStopped {
		t.Errorf("state %v", s)
	}
	b.expectLog(t, "CLOSE_REASON_REMOVED")
}

// Whoever wanted an endpoint open may leave before its plugin has answered. What the plugin has open all the same is closed.
//
// fault: F12
func TestAnOpeningThatNobodyWaitsForIsUndone(t *testing.T) {
	f := newFixture(t)
	p := f.start(t, testSpec(t, "good"))
	slow := filepath.Join(t.TempDir(), "slow")
	if err := os.WriteFile(slow, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	instance := Instance{Name: "web", ID: "endpoint-test", Config: fmt.Appendf(nil, `{"slow":%q}`, slow)}
	e := p.Add(instance, nil)
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Open(ctx) }()
	f.expectLog(t, "opening")
	leave()
	if err := <-ended; err == nil {
		t.Fatal("it is open although nobody waited")
	}
	if err := os.Remove(slow); err != nil {
		t.Fatal(err)
	}
	f.expectLog(t, "opened")
	if err := e.Close(t.Context(), CloseRemoved); err != nil {
		t.Error(err)
	}
	again := p.Add(instance, nil)
	if err := again.Open(t.Context()); err != nil {
		t.Error(err)
	}
	if err := again.Close(t.Context(), CloseRemoved); err != nil {
		t.Error(err)
	}
}

// parity: A24
func TestErrorsNameEndpointKindAndWhetherToRetry(t *testing.T) {
	f := newFixture(t)
	p := f.start(t, testSpec(t, "good"))
	e := p.Add(Instance{Name: "web", ID: "endpoint-test", Config: []byte(`{"busy":"/"}`)}, nil)
	err := e.Open(t.Context())
	var typed *Error
	if !asError(err, &typed) || typed.Kind != ErrorRefused || !typed.Retryable || err.Error() != "endpoint web: port 1 is taken" {
		t.Errorf("error %+v", err)
	}
	bad := p.Add(Instance{Name: "bad", ID: "endpoint-test", Config: []byte(`nonsense`)}, nil)
	if err := bad.Open(t.Context()); !asError(err, &typed) || typed.Retryable || typed.Endpoint != "bad" {
		t.Errorf("error %+v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Inspect(ctx); err == nil {
		t.Error("a cancelled call succeeded")
	}
}
