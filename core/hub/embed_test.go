package hub_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// embedder builds the program in testdata/embed, which runs a hub inside itself.
func embedder(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "embed")
	if out, err := exec.Command("go", "build", "-o", binary, "./testdata/embed").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

const embedded = `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`

// parity: Z4
func TestAnotherProgramRunsAHubInsideItself(t *testing.T) {
	program, path := embedder(t), write(t, embedded)
	out, err := exec.Command(program, path).Output()
	if err != nil || string(out) != "ready\ndrained\n" {
		t.Errorf("%v: %s", err, out)
	}

	forgetful := exec.Command(program, path)
	forgetful.Env = append(os.Environ(), "FORGET_MAIN=1")
	out, err = forgetful.Output()
	if err == nil || !strings.Contains(string(out), "plugins.Main() must be the first line") {
		t.Errorf("without plugins.Main: %v: %s", err, out)
	}

	// A child that was started to be a plugin and became a hub again must end, not start children of its own.
	wrong := exec.Command(program, path)
	wrong.Env = append(os.Environ(), "FORGET_MAIN=1", core.PluginMark+"=redis")
	out, err = wrong.CombinedOutput()
	if err == nil || strings.Contains(string(out), "ready") {
		t.Errorf("a wrong re-execution ran: %v: %s", err, out)
	}
}
