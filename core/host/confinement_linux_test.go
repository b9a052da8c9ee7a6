package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/isolation"
)

// environment is what a running plugin sees, one variable per line.
func environment(t *testing.T, p *Plugin) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("/proc", pidString(p.Status().PID), "environ"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\x00"), "\x00")
}

func TestAConfinedPluginIsTheProcessThatTheHubStarted(t *testing.T) {
	f := newFixture(t)
	spec := testSpec(t, "good")
	spec.Isolation = isolation.Settings{Sandbox: isolation.BestEffort, Limits: isolation.Limits{OpenFiles: 100}}
	p := f.start(t, spec)
	s := p.Status()
	if want := (isolation.Outcome{Confined: true, Mode: isolation.BestEffort, ABI: isolation.ABI(), Limits: spec.Isolation.Limits}); s.Isolation != want {
		t.Errorf("isolation %+v, want %+v", s.Isolation, want)
	}
	if of, err := os.Readlink(filepath.Join("/proc", pidString(s.PID), "exe")); err != nil || of != spec.Path {
		t.Errorf("it executes %s, %v", of, err)
	}
	if group, err := syscall.Getpgid(s.PID); err != nil || group != s.PID {
		t.Errorf("process group %d, %v", group, err)
	}
	limits, err := os.ReadFile(filepath.Join("/proc", pidString(s.PID), "limits"))
	if err != nil || !slices.Contains(strings.Fields(string(limits)), "100") {
		t.Errorf("limits %s, %v", limits, err)
	}
	for _, one := range environment(t, p) {
		if strings.HasPrefix(one, isolation.Mark) {
			t.Errorf("it sees %s", one)
		}
	}
	// It ends with its standard input, as every plugin does.
	e := p.add(t, Instance{}, &inlet{}, &outlet{})
	eventually(t, "its endpoint is ready", func() bool { return e.Status().State == core.StateReady })
	p.Stop(t.Context())
	if left := living(t, s.PID); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	f.expectNoSockets(t)
}

// The file that was opened and checked is what a confined process executes, too, and nothing of the hub's is open in it.
func TestAConfinedProgramSwappedBetweenCheckAndStartIsNotRun(t *testing.T) {
	f := newFixture(t)
	file := copied(t)
	file.between = func() { file.spoil(t) }
	p := f.start(t, Spec{Name: "test", Path: file.path, File: file, Env: []string{testPluginMode + "=good"},
		Isolation: isolation.Settings{Sandbox: isolation.BestEffort}})
	if got := p.Info().Name; got != "test" || !p.Outdated() {
		t.Errorf("plugin %s", got)
	}
	open, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.Status().PID))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if of, _ := os.Readlink(fd); strings.HasPrefix(of, file.path) {
			t.Errorf("%s is its program, %s", fd, of)
		}
	}
}

func TestAConfinedPluginComesBackConfined(t *testing.T) {
	f := newFixture(t)
	spec := testSpec(t, "good")
	spec.Isolation = isolation.Settings{Sandbox: isolation.BestEffort}
	p := f.start(t, spec)
	process, err := os.FindProcess(p.Status().PID)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "another life", func() bool { return p.Status().Restarts == 1 })
	if s := p.Status(); !s.Isolation.Confined || s.Isolation.ABI != isolation.ABI() {
		t.Errorf("isolation %+v", s.Isolation)
	}
}

func TestAConfinementThatFailsIsTheStartsError(t *testing.T) {
	f := newFixture(t)
	spec := testSpec(t, "good")
	spec.Isolation = isolation.Settings{Limits: isolation.Limits{OpenFiles: 1 << 40}}
	_, err := f.Start(t.Context(), spec)
	var typed *Error
	if !errors.As(err, &typed) || typed.Kind != ErrorStart || !strings.Contains(err.Error(), "limits: open-files: 1099511627776 can't be set") {
		t.Errorf("error %v", err)
	}
	f.expectNoSockets(t)
}
