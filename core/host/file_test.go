package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// checkedFile is a program that was looked at; between passes between the look and the start.
type checkedFile struct {
	path    string
	refused atomic.Bool
	between func()
}

var errRefused = errors.New("its SHA-256 is another one")

func (c *checkedFile) File() (string, error) { return c.path, nil }

func (c *checkedFile) Open(context.Context) (*os.File, error) {
	if c.refused.Load() {
		return nil, errRefused
	}
	file, err := os.Open(c.path)
	if err == nil && c.between != nil {
		c.between()
	}
	return file, err
}

// copied is this test binary under another path, which can be replaced.
func copied(t *testing.T) *checkedFile {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	c := &checkedFile{path: filepath.Join(t.TempDir(), "araldo-plugin-test")}
	if err := os.WriteFile(c.path, self, 0o755); err != nil {
		t.Fatal(err)
	}
	return c
}

// spoil puts something else into the place of the program, as somebody does who waited for the check.
func (c *checkedFile) spoil(t *testing.T) {
	t.Helper()
	fresh := c.path + ".fresh"
	if err := os.WriteFile(fresh, []byte("#!/bin/sh\necho swapped >&2\nexit 9\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, c.path); err != nil {
		t.Fatal(err)
	}
}

// fault: B17
func TestAProgramSwappedBetweenCheckAndStartIsNotRun(t *testing.T) {
	f := newFixture(t)
	file := copied(t)
	file.between = func() { file.spoil(t) }
	p := f.start(t, Spec{Name: "test", Path: file.path, File: file, Env: []string{testPluginMode + "=good"}})
	if got := p.Info().Name; got != "test" {
		t.Errorf("plugin %s", got)
	}
	if !p.Outdated() {
		t.Error("another file is there now, and that is not seen")
	}
	if now, err := os.ReadFile(file.path); err != nil || !strings.HasPrefix(string(now), "#!") {
		t.Fatalf("nothing was swapped: %v", err)
	}
}

// fault: B17
func TestARefusedProgramIsNotStarted(t *testing.T) {
	f := newFixture(t)
	file := copied(t)
	file.refused.Store(true)
	_, err := f.Start(t.Context(), Spec{Name: "test", Path: file.path, File: file})
	var typed *Error
	if !errors.As(err, &typed) || typed.Kind != ErrorStart || !errors.Is(err, errRefused) {
		t.Errorf("error %v", err)
	}
	f.expectNoSockets(t)
}

// fault: B17
func TestAProgramIsCheckedAtEachStart(t *testing.T) {
	f := newFixture(t)
	file := copied(t)
	p := f.start(t, Spec{Name: "test", Path: file.path, File: file, Restart: RestartPolicy{Limit: 1, Window: DefaultRestart.Window},
		Env: []string{testPluginMode + "=good"}})
	pid := p.Status().PID
	file.refused.Store(true)
	process, err := os.FindProcess(pid)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is given up", func() bool { return p.Status().State == core.StateFailed })
	if s := p.Status(); s.PID != 0 || !strings.HasSuffix(s.LastError, errRefused.Error()) {
		t.Errorf("status %+v", s)
	}
}

func TestAScriptIsExecutedByItsPath(t *testing.T) {
	f := newFixture(t)
	file := copied(t)
	binary := file.path
	file.path = filepath.Join(filepath.Dir(binary), "script")
	if err := os.WriteFile(file.path, []byte("#!/bin/sh\nexec \"$(dirname \"$0\")\"/araldo-plugin-test\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := f.start(t, Spec{Name: "test", Path: file.path, File: file, Env: []string{testPluginMode + "=good"}})
	if got := p.Info().Name; got != "test" {
		t.Errorf("plugin %s", got)
	}
}

func TestWhatIsNoProgramIsNamedByItsPath(t *testing.T) {
	f := newFixture(t)
	file := &checkedFile{path: filepath.Join(t.TempDir(), "araldo-plugin-text")}
	if err := os.WriteFile(file.path, []byte("just text"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := f.Start(t.Context(), Spec{Name: "text", Path: file.path, File: file})
	if err == nil || !strings.Contains(err.Error(), file.path+": exec format error") {
		t.Errorf("error %v", err)
	}
}
