package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// elsewhere are lines of the root README that this test does not run, and what does.
var elsewhere = map[string]string{
	"make test": "is what runs this test",
	"ws = new WebSocket(`ws://${location.host}/ws`); ws.onmessage = e => console.log(e.data)": "core/hub, in a real browser",
}

// The lines of the root README, word for word and in their order: a hub that is started stays until the next one is.
func TestTheFirstMinute(t *testing.T) {
	shell := newNewcomer(t)
	for _, line := range codeLines(t, "../../README.md") {
		switch {
		case elsewhere[line] != "":
		case strings.HasPrefix(line, "go run ./cmd/araldo demo"):
			shell.start(line, "Open this page")
		case strings.HasPrefix(line, "go run ./cmd/araldo serve"):
			shell.start(line, "araldo is ready")
		case strings.HasPrefix(line, "go run ./cmd/araldo "), strings.HasPrefix(line, "redis-cli "):
			shell.run(line)
		default:
			t.Errorf("the README has a line that no test runs: %s", line)
		}
	}
	shell.interrupt()
}

// codeLines returns the lines of a page's indented code blocks.
func codeLines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	fenced := false
	for line := range strings.Lines(string(text)) {
		fenced = fenced != strings.HasPrefix(line, "```")
		if code, found := strings.CutPrefix(line, "    "); found && !fenced {
			lines = append(lines, strings.TrimSpace(code))
		}
	}
	if len(lines) == 0 {
		t.Fatalf("%s has no lines to run", path)
	}
	return lines
}

// newcomer is a shell in a copy of what the README's lines use. `go run ./cmd/araldo` is this program there.
type newcomer struct {
	t    *testing.T
	dir  string
	env  []string
	hub  *exec.Cmd
	said *transcript
}

// transcript is what a program writes while the test reads it.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func newNewcomer(t *testing.T) *newcomer {
	t.Helper()
	dir, err := os.MkdirTemp("", "a")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.CopyFS(filepath.Join(dir, "routes", "examples"), os.DirFS("../../routes/examples")); err != nil {
		t.Fatal(err)
	}
	araldo, err := exec.LookPath("araldo")
	if err != nil {
		t.Fatal(err)
	}
	// go run ./cmd/araldo ARG...
	script := "#!/bin/sh\nshift 2\nexec " + araldo + " \"$@\"\n"
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	// Without GORACE each program of this test, built with the race detector, sleeps for a second at its end.
	env := append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "TMPDIR="+dir, "GORACE=atexit_sleep_ms=0")
	n := &newcomer{t: t, dir: dir, env: env}
	t.Cleanup(func() {
		if n.hub != nil { // the test was given up
			_ = n.hub.Process.Kill()
			_ = n.hub.Wait()
		}
	})
	return n
}

func (n *newcomer) command(line string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Dir, cmd.Env = n.dir, n.env
	return cmd
}

func (n *newcomer) run(line string) {
	n.t.Helper()
	if out, err := n.command(line).CombinedOutput(); err != nil {
		n.t.Errorf("%s: %v\n%s", line, err, out)
	}
}

// start runs a line in the background and waits until it says the words.
func (n *newcomer) start(line, words string) {
	n.t.Helper()
	n.interrupt()
	n.hub, n.said = n.command(line), &transcript{}
	n.hub.Stdout, n.hub.Stderr = n.said, n.said
	if err := n.hub.Start(); err != nil {
		n.t.Fatal(err)
	}
	deadline := time.Now().Add(patience)
	for tick := time.Tick(pollEvery); !strings.Contains(n.said.String(), words); <-tick {
		if time.Now().After(deadline) {
			_ = n.hub.Process.Kill()
			n.t.Fatalf("%s: does not say %q:\n%s", line, words, n.said)
		}
	}
}

// interrupt is Ctrl-C; the program must end in good order.
func (n *newcomer) interrupt() {
	n.t.Helper()
	if n.hub == nil {
		return
	}
	if err := n.hub.Process.Signal(syscall.SIGINT); err != nil {
		n.t.Error(err)
	}
	if err := n.hub.Wait(); err != nil {
		n.t.Errorf("%v after Ctrl-C:\n%s", err, n.said)
	}
	n.hub = nil
}
