package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// parity: A1 A20
func TestPluginTellsWhatItOffers(t *testing.T) {
	f := newFixture(t)
	p := f.start(t, testSpec(t, "good"))
	info := p.Info()
	if info.Name != "test" || info.Version != "1.2.3" || len(info.Types) != 2 || info.Types[0].ID != "endpoint-test" {
		t.Errorf("info %+v", info)
	}
	s := p.Status()
	if s.State != core.StateReady || s.PID == 0 || s.PID == os.Getpid() || s.Version != "1.2.3" || s.Restarts != 0 {
		t.Errorf("status %+v", s)
	}
	assessment, err := p.Validate(t.Context(), Instance{Name: "a", ID: "endpoint-test", Config: []byte(`{}`)})
	if err != nil || assessment.Claims[0] != "test:a" || assessment.Diagnostics[0].Path != "/do" {
		t.Errorf("assessment %+v, %v", assessment, err)
	}
	if assessment.Capabilities.Outbound == nil {
		t.Error("an instance without capabilities of its own has not its id's")
	}
}

func TestBuiltinIsThisProgramAgain(t *testing.T) {
	f := newFixture(t)
	p := f.start(t, Spec{Name: "mine", Builtin: "good"})
	target, err := os.Readlink("/proc/self/exe")
	if err == nil && runtime.GOOS == "linux" {
		pid := p.Status().PID
		if of, err := os.Readlink(filepath.Join("/proc", pidString(pid), "exe")); err != nil || of != target {
			t.Errorf("the plugin executes %s, %v", of, err)
		}
	}
	if got := p.Info().Name; got != "test" {
		t.Errorf("plugin %s", got)
	}
}

// fault: B17
func TestWhatIsNoPluginIsAStartErrorThatQuotesIt(t *testing.T) {
	for mode, want := range map[string]string{
		"garbage":   "no module named araldo",
		"gigabyte":  "garbage garbage",
		"exits":     "exit status 3 before it was ready; its last output: the licence ran out",
		"version 7": "Plugin version: 7",
		"elsewhere": "must be a Unix socket in the folder",
	} {
		t.Run(mode, func(t *testing.T) {
			f := newFixture(t)
			before := heap()
			_, err := f.Start(t.Context(), testSpec(t, mode))
			var typed *Error
			if !errors.As(err, &typed) || typed.Kind != ErrorStart || !strings.Contains(err.Error(), want) {
				t.Fatalf("error %v, want %q", err, want)
			}
			if !strings.HasPrefix(err.Error(), "plugin test: ") || len(err.Error()) > 1000 || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("error of %d bytes: %q", len(err.Error()), err)
			}
			if grown := heap() - before; grown > 16<<20 {
				t.Errorf("the heap grew by %d bytes", grown)
			}
			f.expectNoSockets(t)
		})
	}
}

// fault: B17
func TestWhatGivesNoAnswerIsEndedInTime(t *testing.T) {
	for _, mode := range []string{"mute", "no answer", "gigabyte of errors"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.limits.start = time.Second
			began := time.Now()
			_, err := f.Start(t.Context(), testSpec(t, mode))
			if err == nil || !strings.Contains(err.Error(), "not ready within 1s") {
				t.Errorf("error %v", err)
			}
			if took := time.Since(began); took > 9*time.Second {
				t.Errorf("it took %v", took)
			}
			f.expectNoSockets(t)
		})
	}
}

func TestStartHonoursItsContext(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := f.Start(ctx, testSpec(t, "mute")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestMissingProgramIsNamed(t *testing.T) {
	f := newFixture(t)
	_, err := f.Start(t.Context(), Spec{Name: "gone", Path: "/no/such/araldo-plugin-gone"})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/no/such/araldo-plugin-gone") {
		t.Errorf("error %v", err)
	}
	f.expectNoSockets(t)
}

func TestRuntimeDirThatIsTooLongIsRefused(t *testing.T) {
	f := newFixture(t)
	f.options.RuntimeDir = "/tmp/" + strings.Repeat("x", MaxRuntimeDir)
	if _, err := f.Start(t.Context(), testSpec(t, "good")); err == nil || !strings.Contains(err.Error(), "runtime directory") {
		t.Errorf("error %v", err)
	}
}

func TestPluginSeesOnlyWhatItShould(t *testing.T) {
	t.Setenv("SECRET_OF_THE_HUB", "x")
	t.Setenv("LANG", "C.UTF-8")
	f := newFixture(t)
	p := f.start(t, testSpec(t, "good", "FROM_SPEC=y"))
	raw, err := os.ReadFile(filepath.Join("/proc", pidString(p.Status().PID), "environ"))
	if err != nil {
		t.Fatal(err)
	}
	env := "\x00" + string(raw)
	if strings.Contains(env, "SECRET_OF_THE_HUB") || !strings.Contains(env, "\x00FROM_SPEC=y\x00") || !strings.Contains(env, "\x00LANG=C.UTF-8\x00") {
		t.Errorf("environment %q", env)
	}
}

func TestSignalsOfTheTerminalPassPluginsBy(t *testing.T) {
	f := newFixture(t)
	pid := f.start(t, testSpec(t, "good")).Status().PID
	group, err := syscall.Getpgid(pid)
	if err != nil || group != pid {
		t.Errorf("process group %d, %v: want its own, %d", group, err, pid)
	}
}

func TestStopEndsTheProcessAndWhatItStarted(t *testing.T) {
	f := newFixture(t)
	p := f.start(t, testSpec(t, "parent"))
	pid := p.Status().PID
	if n := len(living(t, pid)); n != 2 {
		t.Fatalf("%d processes before", n)
	}
	p.Stop(t.Context())
	if left := living(t, pid); len(left) > 0 {
		t.Errorf("left of its group: %v", left)
	}
	s := p.Status()
	if s.State != core.StateStopped || s.PID != 0 {
		t.Errorf("status %+v", s)
	}
	p.Stop(t.Context())
	f.expectNoSockets(t)
}

func TestStopOfAStoppedProcessIsBounded(t *testing.T) {
	f := newFixture(t)
	p := f.start(t, testSpec(t, "good"))
	if err := syscall.Kill(p.Status().PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	p.Stop(ctx)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestNoProcessOutlivesAKilledHub(t *testing.T) {
	spec := testSpec(t, "hub", "HOST_TEST_DIR="+shortDir(t))
	hub := exec.Command(spec.Path)
	hub.Env = append(os.Environ(), spec.Env...)
	if _, err := hub.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := hub.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	_, scanned := fmt.Fscan(out, &pid)
	if err := hub.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = hub.Wait()
	if scanned != nil || pid == 0 {
		t.Fatalf("the hub's plugin: %d, %v", pid, scanned)
	}
	began := time.Now()
	eventually(t, "the plugin's end", func() bool { return len(living(t, pid)) == 0 })
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestLeftoversOfAKilledHostAreRemoved(t *testing.T) {
	dir := shortDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "plugin-dir123"), 0o700); err != nil {
		t.Fatal(err)
	}
	New(Options{RuntimeDir: dir})
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func (f *fixture) expectNoSockets(t *testing.T) {
	t.Helper()
	if left, err := os.ReadDir(f.options.RuntimeDir); err != nil || len(left) != 0 {
		t.Errorf("left in the runtime directory: %v, %v", left, err)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
