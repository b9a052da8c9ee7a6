package host

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// install puts a program into a place by a rename, as an upgrade does: this test binary, or text that the system can run.
func install(t *testing.T, path, text string) {
	t.Helper()
	fresh, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	var from io.Reader = strings.NewReader(text)
	if text == "" {
		self, err := os.Open("/proc/self/exe")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = self.Close() }()
		from = self
	}
	_, err = io.Copy(fresh, from)
	if closed := fresh.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// upgradable is a bench whose plugin has a file of its own.
func upgradable(t *testing.T, env ...string) (*bench, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "araldo-plugin-test")
	install(t, path, "")
	spec := testSpec(t, "good", env...)
	spec.Path = path
	b := &bench{fixture: newFixture(t), inlet: &inlet{}, outlet: &outlet{}}
	b.plugin = b.start(t, spec)
	b.endpoint = b.plugin.add(t, Instance{}, b.inlet, b.outlet)
	return b, path
}

func (b *bench) echo(t *testing.T, text string) {
	t.Helper()
	before := b.inlet.count()
	b.outlet.sendAll(t, text)
	eventually(t, "the echo", func() bool { return b.inlet.count() == before+1 })
}

// fault: F12
func TestAReplacedProgramTakesOver(t *testing.T) {
	b, path := upgradable(t)
	b.echo(t, "before")
	if b.plugin.Outdated() {
		t.Error("what was just started is outdated")
	}
	for i := range 3 {
		install(t, path, "")
		if !b.plugin.Outdated() {
			t.Fatal("a replaced file was not noticed")
		}
		old := b.plugin.Status().PID
		if err := b.endpoint.Drain(t.Context(), core.DirectionInbound); err != nil {
			t.Fatal(err)
		}
		s, err := b.plugin.Successor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Validate(t.Context(), Instance{Name: "a", ID: "endpoint-test", Config: []byte(`{}`)}); err != nil {
			t.Error(err)
		}
		if err := b.plugin.Replace(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if now := b.plugin.Status(); now.PID == old || now.PID == 0 || now.State != core.StateReady || now.LastError != "" {
			t.Errorf("status %+v", now)
		}
		if err := syscall.Kill(old, 0); err == nil {
			t.Error("the old process lives")
		}
		eventually(t, "an open lane", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == i+2 }); return })
		eventually(t, "the endpoint", func() bool { return b.endpoint.Status().State == core.StateReady })
		b.echo(t, fmt.Sprint("after ", i))
	}
	if b.plugin.Outdated() {
		t.Error("what took over is outdated")
	}
	if p, e := b.plugin.Status(), b.endpoint.Status(); p.Restarts != 0 || p.Replaced != 3 || e.Restarts != 0 {
		t.Errorf("what was planned counts as %d restarts of the plugin and %d of its endpoint, replaced %d", p.Restarts, e.Restarts, p.Replaced)
	}
	if d := fmt.Sprint(b.outlet.downs()); d != "[false false false]" {
		t.Errorf("lanes saw their plugin die: %v", d)
	}
	if log := b.log.String(); strings.Count(log, "CLOSE_REASON_RESTART") != 3 || strings.Contains(log, "plugin ended") {
		t.Errorf("it was not closed for a restart: %s", log)
	}
}

func TestABadProgramChangesNothing(t *testing.T) {
	changed := filepath.Join(t.TempDir(), "changed")
	b, path := upgradable(t, "HOST_TEST_CHANGED="+changed)
	before := b.plugin.Status()
	install(t, path, "#!/bin/sh\necho half a download >&2\nexit 3\n")
	s, err := b.plugin.Successor(t.Context())
	if err == nil || !strings.Contains(err.Error(), "half a download") {
		t.Errorf("a program that is no plugin: %v, %v", s, err)
	}
	install(t, path, "")
	if err := os.WriteFile(changed, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := b.plugin.Successor(t.Context()); err == nil || !strings.Contains(err.Error(), "it changed what endpoint-test can do (outbound yes -> no, confirm written -> none): restart the hub") {
		t.Errorf("a program that can do less: %v, %v", s, err)
	}
	if now := b.plugin.Status(); now.PID != before.PID || now.Restarts != before.Restarts {
		t.Errorf("status %+v", now)
	}
	b.echo(t, "still here")
	if !b.plugin.Outdated() {
		t.Error("the plugin forgot that its file is another")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if b.plugin.Outdated() {
		t.Error("no file is no other file")
	}
}

func TestADiscardedSuccessorLeavesNothing(t *testing.T) {
	b, _ := upgradable(t)
	s, err := b.plugin.Successor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pid := s.process.child.pid()
	s.Discard(t.Context())
	if err := syscall.Kill(pid, 0); err == nil {
		t.Error("its process lives")
	}
	b.echo(t, "still here")
	if s, err = b.plugin.Successor(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	b.plugin.Stop(t.Context())
	if err := b.plugin.Replace(ended, s); err == nil {
		t.Error("a plugin that was stopped was replaced")
	}
}

func TestASuccessorTakesUpAPluginThatWasGivenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "araldo-plugin-test")
	install(t, path, "")
	spec := testSpec(t, "good")
	spec.Path = path
	spec.Restart = RestartPolicy{Initial: time.Millisecond, Max: time.Millisecond, Limit: 1, Window: time.Hour}
	b := &bench{fixture: newFixture(t), inlet: &inlet{}, outlet: &outlet{}}
	b.plugin = b.start(t, spec)
	b.endpoint = b.plugin.add(t, Instance{}, b.inlet, b.outlet)
	install(t, path, "#!/bin/sh\nexit 3\n")
	if err := syscall.Kill(b.plugin.Status().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-b.failed
	install(t, path, "")
	if !b.plugin.Outdated() {
		t.Error("a mended program was not noticed")
	}
	s, err := b.plugin.Successor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.plugin.Replace(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the endpoint", func() bool { return b.endpoint.Status().State == core.StateReady })
	b.echo(t, "back")
}

// A program that is upgraded and then started because the old one ended is looked at like one that takes over in good order.
//
// fault: B18
func TestAProgramThatCanDoLessIsRefusedAfterACrashToo(t *testing.T) {
	lessened := filepath.Join(t.TempDir(), "lessened")
	b, path := upgradable(t, "HOST_TEST_LESSENED="+lessened)
	b.plugin.SetRestart(RestartPolicy{Initial: time.Millisecond, Max: 10 * time.Millisecond})
	b.echo(t, "before")
	if err := os.WriteFile(lessened, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	install(t, path, "")
	old := b.plugin.Status().PID
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	want := "it changed what one can do (outbound yes -> no, ack message -> none, replay pending -> none, confirm written -> none)"
	eventually(t, "the refusal", func() bool { return strings.Contains(b.plugin.Status().LastError, want) })
	if now := b.endpoint.Status(); now.State == core.StateReady {
		t.Errorf("status %+v", now)
	}
	if err := os.Remove(lessened); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a program that can do what the old one could", func() bool { return b.plugin.Status().State == core.StateReady })
	b.echo(t, "after")
}
