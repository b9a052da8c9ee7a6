package hub_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/araldo-relay/araldo/core/control"
)

// debugged runs a plugin as a debugger would, at a socket, until the test ends or it is killed.
func debugged(t *testing.T, program, socket string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program, "--listen", socket)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	eventually(t, "it listens", func() bool {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return cmd
}

func reattaching(socket string) string {
	return fmt.Sprintf(`
global: {shutdown-timeout: 20s}
plugins:
  programs: {servant: {reattach: %q}}
  endpoints:
    - {name: questions, id: endpoint-mock}
    - {name: servant, id: endpoint-servant, restart: {initial: 10ms, max: 100ms, limit: 0}}
routes:
  questions: [servant]
  servant: [questions]
`, socket)
}

func (r *relay) echoes() {
	r.t.Helper()
	before := r.outlet("servant", "questions").Account.Delivered
	if _, err := r.Send(r.t.Context(), "questions", control.Message{Payload: []byte(`{"type":"echo"}`)}); err != nil {
		r.t.Fatal(err)
	}
	eventually(r.t, "an echo", func() bool { return r.outlet("servant", "questions").Account.Delivered == before+1 })
}

// A plugin that runs in a debugger serves one hub after the other, and is neither started nor ended by any.
func TestAPluginThatRunsElsewhereIsReattached(t *testing.T) {
	program, socket := installed(t, "servant").path("servant"), filepath.Join(runtimeDir(t), "s")
	process := debugged(t, program, socket)
	for range 2 {
		r := start(t, reattaching(socket))
		r.echoes()
		if p := r.plugin("servant"); !p.Reattached || p.Path != socket || p.PID != 0 || p.State != "ready" {
			t.Errorf("status %+v", p)
		}
		if err := r.RestartPlugin(t.Context(), "servant"); err == nil || !strings.Contains(err.Error(), "it runs elsewhere") {
			t.Errorf("restarted: %v", err)
		}
		r.stop()
		if err := process.Process.Signal(syscall.Signal(0)); err != nil {
			t.Fatalf("it ended with its hub: %v", err)
		}
	}
	r := start(t, reattaching(socket))
	r.echoes()
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the process shows", func() bool { return r.plugin("servant").State == "backoff" })
	debugged(t, program, socket)
	eventually(t, "it is back", func() bool { return r.endpoint("servant").State == "ready" })
	r.echoes()
}

func TestOnlyAnOwnSocketIsReattached(t *testing.T) {
	dir := runtimeDir(t)
	file, open := filepath.Join(dir, "file"), filepath.Join(dir, "open")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	exposed := filepath.Join(open, "s")
	for _, path := range []string{exposed, filepath.Join(dir, "deaf")} {
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if path != exposed {
			listener.(*net.UnixListener).SetUnlinkOnClose(false)
			_ = listener.Close()
			continue
		}
		defer listener.Close()
	}
	foreign := filepath.Join(dir, "foreign")
	if os.Geteuid() == 0 {
		listener, err := net.Listen("unix", foreign)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		if err := os.Chown(foreign, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	for path, why := range map[string]string{
		file: "is no Unix socket", exposed: "others can write to the folder", filepath.Join(dir, "deaf"): "does not answer",
		filepath.Join(dir, "none"): "no such file", foreign: map[bool]string{true: "belongs to another user", false: "no such file"}[os.Geteuid() == 0],
	} {
		h, _, _ := logged(t, reattaching(path))
		if err := h.Run(t.Context()); err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), "servant") {
			t.Errorf("%s: %v; want %s", path, err, why)
		}
	}
}
