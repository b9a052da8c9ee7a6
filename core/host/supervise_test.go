package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// killed kills the plugin's process and waits for the next one's.
func (p *Plugin) killed(t *testing.T) (back time.Duration) {
	t.Helper()
	before := p.Status()
	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	eventually(t, "a new process", func() bool {
		s := p.Status()
		return s.PID != 0 && s.PID != before.PID
	})
	return time.Since(began)
}

// parity: W11
func TestKilledPluginIsBackSoonThreeTimes(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	for i := range 3 {
		// The pauses are 0, 0.25 and 0.5 s at most; the rest is a busy machine's.
		if took := b.plugin.killed(t); took > 3*time.Second {
			t.Errorf("kill %d: back after %v", i+1, took)
		}
		eventually(t, "an open lane", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == i+2 }); return })
		b.outlet.sendAll(t, fmt.Sprint("after ", i))
		eventually(t, "the echo", func() bool { return b.inlet.count() == i+1 })
	}
	if d := fmt.Sprint(b.outlet.downs()); d != "[true true true]" {
		t.Errorf("down: %v", d)
	}
	if s := b.endpoint.Status(); s.State != core.StateReady || s.Restarts != 3 {
		t.Errorf("status %+v", s)
	}
	if s := b.plugin.Status(); s.Restarts != 3 || !strings.Contains(s.LastError, "signal: killed") {
		t.Errorf("status %+v", s)
	}
	seen := make(map[core.ID]bool)
	for _, m := range b.inlet.messages() {
		seen[m.ID] = true
	}
	if len(seen) != 3 {
		t.Errorf("ids came again after a restart: %v", seen)
	}
}

func TestOtherPluginsAreUntouchedByAKill(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	spec := testSpec(t, "good")
	spec.Name = "other"
	other := b.start(t, spec)
	out := &outlet{}
	e := other.add(t, Instance{Name: "two"}, &inlet{}, out)
	b.plugin.killed(t)
	if s := e.Status(); s.Restarts != 0 || s.State != core.StateReady || len(out.downs()) != 0 {
		t.Errorf("the other plugin's endpoint: %+v", s)
	}
}

func TestPluginThatKeepsEndingIsGivenUp(t *testing.T) {
	f := newFixture(t)
	spec := testSpec(t, "good")
	spec.Restart = RestartPolicy{Initial: time.Millisecond, Max: time.Second, Limit: 3, Window: 5 * time.Minute}
	p := f.start(t, spec)
	out := &outlet{}
	e := p.add(t, Instance{}, &inlet{}, out)
	for range 3 {
		p.killed(t)
	}
	if err := syscall.Kill(p.Status().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	err := <-f.failed
	if !strings.Contains(err.Error(), "plugin test: it ended 4 times within 5m0s") {
		t.Errorf("error %v", err)
	}
	if s := p.Status(); s.State != core.StateFailed || s.PID != 0 {
		t.Errorf("status %+v", s)
	}
	if s := e.Status(); s.State != core.StateFailed || s.Cause == "" {
		t.Errorf("status %+v", s)
	}
	var typed *Error
	if _, err := e.Inspect(t.Context()); !asError(err, &typed) || typed.Kind != ErrorFailed || typed.Retryable {
		t.Errorf("error %v", err)
	}
	if err := e.Close(t.Context(), CloseShutdown); err != nil {
		t.Error(err)
	}
}

// fault: B18
func TestPluginThatComesBackAsAnotherIsRefused(t *testing.T) {
	changed := filepath.Join(t.TempDir(), "changed")
	f := newFixture(t)
	spec := testSpec(t, "good", "HOST_TEST_CHANGED="+changed)
	spec.Restart = RestartPolicy{Initial: time.Millisecond, Max: time.Second, Limit: 2, Window: 5 * time.Minute}
	p := f.start(t, spec)
	if err := os.WriteFile(changed, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(p.Status().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-f.failed; !strings.Contains(err.Error(), "it changed what endpoint-test can do") {
		t.Errorf("error %v", err)
	}
	f.expectNoSockets(t)
}

// fault: B18
func TestStoppedProcessIsNoticedAndReplaced(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	before := b.plugin.Status().PID
	if err := syscall.Kill(before, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another process", func() bool {
		s := b.plugin.Status()
		return s.PID != 0 && s.PID != before
	})
	if s := b.plugin.Status(); !strings.Contains(s.LastError, "no frame for 2s") {
		t.Errorf("status %+v", s)
	}
}

func TestSilentStreamEndsItsProcess(t *testing.T) {
	b := newBench(t, Instance{Config: []byte(`{"do":"silent"}`)}, nil)
	eventually(t, "a restart", func() bool { return b.plugin.Status().Restarts >= 1 })
	if s := b.plugin.Status(); !strings.Contains(s.LastError, "no frame") {
		t.Errorf("status %+v", s)
	}
}

// parity: Z12
func TestDisabledStaysSoThroughARestart(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	if err := b.endpoint.SetEnabled(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	b.expectLog(t, "enabled=false")
	if s := b.endpoint.Status().State; s != core.StateDisabled {
		t.Errorf("state %v", s)
	}
	b.plugin.killed(t)
	eventually(t, "disabled again", func() bool {
		s := b.endpoint.Status()
		return s.State == core.StateDisabled && s.Restarts == 1
	})
	b.expectLog(t, "enabled=false endpoint=one inbound=true incarnation=2")
	if err := b.endpoint.SetEnabled(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if s := b.endpoint.Status().State; s != core.StateReady {
		t.Errorf("state %v", s)
	}
}

// fault: B21
func TestEndpointThatCannotBeReopenedIsTriedAloneAgain(t *testing.T) {
	busy := filepath.Join(t.TempDir(), "busy")
	b := newBench(t, Instance{Config: fmt.Appendf(nil, `{"busy":%q}`, busy)}, nil)
	other := &inlet{}
	out := &outlet{}
	b.plugin.add(t, Instance{Name: "sibling"}, other, out)
	if err := os.WriteFile(busy, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.plugin.killed(t)
	eventually(t, "backoff", func() bool { return b.endpoint.Status().State == core.StateBackoff })
	out.sendAll(t, "running")
	eventually(t, "the sibling's echo", func() bool { return other.payloads() == "running" })
	eventually(t, "the cause", func() bool { return b.endpoint.Status().Cause == "endpoint one: port 1 is taken" })
	if err := os.Remove(busy); err != nil {
		t.Fatal(err)
	}
	eventually(t, "ready", func() bool { return b.endpoint.Status().State == core.StateReady })
	if d := len(out.downs()); d != 1 {
		t.Errorf("the sibling was down %d times", d)
	}
}

func TestInstanceThatThePluginForgotIsOpenedAgain(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "forget")
	eventually(t, "another opening", func() bool { return b.endpoint.Status().Restarts == 1 })
	b.outlet.sendAll(t, "hello")
	eventually(t, "the echo", func() bool { return b.inlet.payloads() == "hello" })
	if r := b.plugin.Status().Restarts; r != 0 {
		t.Errorf("%d restarts of the plugin", r)
	}
}

// fault: B18
func TestWhatAPluginPrintsReachesTheLogAndIsBounded(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "log:a warning")
	b.expectLog(t, `level=WARN msg="a warning" plugin=test endpoint=x`)
	b.outlet.sendAll(t, "print:to standard output")
	b.expectLog(t, `msg="to standard output"`)
	before := len(b.log.String())
	b.outlet.sendAll(t, "flood the log")
	b.outlet.sendAll(t, "after the flood")
	eventually(t, "the echo", func() bool { return strings.HasSuffix(b.inlet.payloads(), "after the flood") })
	if grown := len(b.log.String()) - before; grown > 200*10_000 {
		t.Errorf("the log grew by %d bytes", grown)
	}
	if n := len(b.plugin.Status().Log); n != keptLines {
		t.Errorf("%d lines are kept", n)
	}
}

func TestLastWordsAreErrors(t *testing.T) {
	b := newBench(t, Instance{}, nil)
	b.outlet.sendAll(t, "panic")
	b.expectLog(t, `level=ERROR msg="panic: the test asked for it"`)
	eventually(t, "a restart", func() bool { return b.plugin.Status().Restarts == 1 })
}

// parity: W11
func TestTwoHundredKillsLeaveNothingBehind(t *testing.T) {
	f := newFixture(t)
	spec := testSpec(t, "good")
	spec.Restart = RestartPolicy{Initial: time.Millisecond, Max: time.Millisecond}
	p := f.start(t, spec)
	out := &outlet{}
	p.add(t, Instance{}, &inlet{}, out)
	p.add(t, Instance{Name: "two"}, &inlet{}, &outlet{})
	ready := func(n int) {
		eventually(t, "an open lane", func() (is bool) { out.read(func() { is = out.ups == n && out.credit > 0 }); return })
	}
	ready(1)
	var before usage
	for i := range 200 {
		p.killed(t)
		ready(i + 2)
		if i == 19 {
			before = measure(t)
		}
	}
	eventually(t, "as many goroutines and descriptors as before", func() bool {
		now := measure(t)
		return now.goroutines <= before.goroutines+3 && now.descriptors <= before.descriptors+1
	})
	if grown := measure(t).heap - before.heap; grown > 2<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if left, err := os.ReadDir(f.options.RuntimeDir); err != nil || len(left) != 1 {
		t.Errorf("folders for sockets: %v, %v", left, err)
	}
}

type usage struct {
	goroutines, descriptors int
	heap                    int64
}

func measure(t *testing.T) usage {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return usage{goroutines: runtime.NumGoroutine(), descriptors: len(open), heap: heap()}
}

func TestStopDuringTheStartOfARestart(t *testing.T) {
	f := newFixture(t)
	spec := testSpec(t, "good")
	spec.Restart = RestartPolicy{Initial: time.Hour, Max: time.Hour}
	p := f.start(t, spec)
	p.killed(t)
	if err := syscall.Kill(p.Status().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "backoff", func() bool { return p.Status().State == core.StateBackoff })
	began := time.Now()
	p.Stop(context.Background())
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestCloseWhileThePluginIsDownOrComingBack(t *testing.T) {
	for _, wait := range []time.Duration{0, 5 * time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond} {
		b := newBench(t, Instance{}, nil)
		if err := syscall.Kill(b.plugin.Status().PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		sleep(t.Context(), wait) // any moment of the restart will do
		_ = b.endpoint.Close(t.Context(), CloseRemoved)
		var ups, downs int
		b.outlet.read(func() { ups, downs = b.outlet.ups, len(b.outlet.died) })
		if ups != downs || b.endpoint.Status().State != core.StateStopped {
			t.Errorf("after %v: %d times up, %d times down, %v", wait, ups, downs, b.endpoint.Status().State)
		}
		eventually(t, "the plugin back", func() bool { return b.plugin.Status().Restarts == 1 })
		if again := b.plugin.add(t, Instance{}, &inlet{}, &outlet{}); again.Status().State != core.StateReady {
			t.Errorf("the name opened again: %+v", again.Status())
		}
	}
}
