package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// output is what a program has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// demo is `araldo demo` as a process of its own.
type demo struct {
	t     *testing.T
	tmp   string
	cmd   *exec.Cmd
	out   output
	err   output
	ended chan error
}

// startDemo starts a demo and returns when it has said all. Its folder is in tmp.
func startDemo(t *testing.T, tmp string, args ...string) *demo {
	t.Helper()
	d := &demo{t: t, tmp: tmp, cmd: exec.Command("araldo", append([]string{"demo"}, args...)...), ended: make(chan error, 1)}
	d.cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "DISPLAY=:0", "SSH_CONNECTION=", "ARALDO_DATA_DIR=/nowhere", "ARALDO_BIND=0.0.0.0")
	d.cmd.Stdout, d.cmd.Stderr = &d.out, &d.err
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { d.ended <- d.cmd.Wait() }()
	t.Cleanup(func() { _ = d.cmd.Process.Kill() })
	d.eventually("the demo says what there is", func() bool { return strings.Contains(d.out.String(), "Ctrl-C") })
	d.subscribers(1)
	return d
}

// subscribers waits until so many listen to Redis, the hub among them: what is published before is nobody's.
func (d *demo) subscribers(n int) {
	d.t.Helper()
	publish := d.line("A message from Redis to every tab")
	ask := strings.Replace(publish, `publish talk "hello from Redis"`, "pubsub numsub talk", 1)
	d.eventually(fmt.Sprintf("%d listen to Redis", n), func() bool { return d.shell(ask) == fmt.Sprintf("talk\n%d\n", n) })
}

// shortDir is a folder whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "a")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (d *demo) eventually(what string, holds func() bool) {
	d.t.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.Tick(pollEvery); !holds(); <-tick {
		if time.Now().After(deadline) {
			d.t.Fatalf("not within %s: %s\n%s%s", patience, what, d.out.String(), d.err.String())
		}
	}
}

// stop sends a signal and waits for the end.
func (d *demo) stop(signal os.Signal) error {
	d.t.Helper()
	if err := d.cmd.Process.Signal(signal); err != nil {
		d.t.Fatal(err)
	}
	select {
	case err := <-d.ended:
		return err
	case <-time.After(patience):
		d.t.Fatalf("the demo does not end\n%s", d.err.String())
		return nil
	}
}

var addressPattern = regexp.MustCompile(`(?m)^    (http://127\.0\.0\.1:(\d+)/)$`)

// address is the page's as the demo printed it.
func (d *demo) address() string {
	d.t.Helper()
	found := addressPattern.FindStringSubmatch(d.out.String())
	if found == nil {
		d.t.Fatalf("no address in\n%s", d.out.String())
	}
	return found[1]
}

// line is the printed command under a heading, word for word.
func (d *demo) line(heading string) string {
	d.t.Helper()
	_, rest, found := strings.Cut(d.out.String(), "    # "+heading+"\n    ")
	if !found {
		d.t.Fatalf("no line %q in\n%s", heading, d.out.String())
	}
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

// shell runs a printed line as a person would.
func (d *demo) shell(line string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	text, err := exec.CommandContext(ctx, "sh", "-c", line).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", line, err, text)
	}
	return string(text)
}

// status is what `araldo status --format json` says, called as the demo says.
func (d *demo) status() control.Status {
	d.t.Helper()
	var s control.Status
	if err := json.Unmarshal([]byte(d.shell(d.line("What became of every message")+" --format json")), &s); err != nil {
		d.t.Fatal(err)
	}
	return s
}

// freeTestPorts are ports that nobody listened on a moment ago.
func freeTestPorts(t *testing.T) (web, redis string) {
	t.Helper()
	var ports [2]string
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports[i] = fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	}
	return ports[0], ports[1]
}

func startFreeDemo(t *testing.T, tmp string) *demo {
	t.Helper()
	web, redis := freeTestPorts(t)
	return startDemo(t, tmp, "--port", web, "--redis-port", redis)
}

// Every line that the demo prints works as it stands.
func TestTheDemosLinesWork(t *testing.T) {
	d := startFreeDemo(t, shortDir(t))
	response, err := http.Get(d.address())
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(response.Body)
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(page), "<title>araldo demo") {
		t.Fatalf("the page: %s, %v", response.Status, err)
	}

	var heard output
	subscribe := exec.Command("sh", "-c", "exec "+d.line("What the tabs send, as it reaches Redis"))
	subscribe.Stdout, subscribe.Stderr = &heard, &heard
	if err := subscribe.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = subscribe.Process.Kill(); _ = subscribe.Wait() }()
	d.subscribers(2) // the hub and redis-cli
	if got := d.shell(d.line("A message from Redis to every tab")); strings.TrimSpace(got) != "2" {
		t.Errorf("publish reached %q", got)
	}
	d.eventually("redis-cli hears", func() bool { return strings.Contains(heard.String(), "hello from Redis") })
	if got := d.shell(d.line("What became of every message")); !strings.Contains(got, "redis -> tabs") {
		t.Errorf("status:\n%s", got)
	}
	var passed output
	tap := exec.Command("sh", "-c", "exec "+d.line("Messages as they pass"))
	tap.Env, tap.Stdout, tap.Stderr = subscribe.Env, &passed, &passed
	if err := tap.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tap.Process.Kill(); _ = tap.Wait() }()
	d.eventually("the tap listens", func() bool { return strings.Contains(passed.String(), "tapping") })
	if got := d.shell(d.line("Without redis-cli, as if Redis had published it")); !strings.Contains(got, "from redis to tabs") {
		t.Errorf("send said %q", got)
	}
	d.eventually("the tap shows it", func() bool { return strings.Contains(passed.String(), "hello by hand") })

	if err := d.stop(syscall.SIGINT); err != nil {
		t.Errorf("the demo ended with %v\n%s", err, d.err.String())
	}
	if left, _ := os.ReadDir(d.tmp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if text := d.err.String(); strings.Count(text, "\n") > 1 {
		t.Errorf("a demo without trouble said\n%s", text)
	}
}

// The page shows the same lines.
func TestTheDemosPageHasItsLines(t *testing.T) {
	d := &demonstration{web: 1, redis: 6399, dir: t.TempDir(), socket: "/tmp/x/a b.sock", program: "araldo"}
	for i, want := range []string{
		`redis-cli -p 6399 publish talk "hello from Redis"`, "redis-cli -p 6399 subscribe talk",
		"araldo status --socket '/tmp/x/a b.sock'", "araldo send redis \"hello by hand\" --socket '/tmp/x/a b.sock'",
		"araldo tap tabs --socket '/tmp/x/a b.sock'",
	} {
		if got := d.lines()[i].Line; got != want {
			t.Errorf("line %d: %s", i, got)
		}
	}
	var text bytes.Buffer
	d.greet(&text)
	if err := d.fill(); err != nil {
		t.Fatal(err)
	}
	shown, err := os.ReadFile(filepath.Join(d.page(), "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	var page struct{ Lines []demoLine }
	if err := json.Unmarshal(shown, &page); err != nil || len(page.Lines) != len(d.lines()) {
		t.Fatalf("%v, %s", err, shown)
	}
	for _, l := range page.Lines[:2] {
		if !strings.Contains(text.String(), l.Line) {
			t.Errorf("only the page has %s", l.Line)
		}
	}
}

// Two demos at once: the second one moves on to the next free ports.
func TestASecondDemoTakesTheNextPorts(t *testing.T) {
	tmp := shortDir(t)
	web, redis := freeTestPorts(t)
	first := startDemo(t, tmp, "--port", web, "--redis-port", redis)
	second := startDemo(t, tmp, "--port", web, "--redis-port", redis)
	if first.address() == second.address() {
		t.Errorf("both at %s", first.address())
	}
	if got := second.shell(second.line("A message from Redis to every tab")); strings.TrimSpace(got) != "1" {
		t.Errorf("publish reached %q", got)
	}
	for i, d := range []*demo{first, second} {
		delivered := d.status().Routes[1].Outlets[0].Account.In
		if want := uint64(i); delivered != want {
			t.Errorf("demo %d relayed %d messages, want %d", i, delivered, want)
		}
		if err := d.stop(syscall.SIGHUP); err != nil {
			t.Error(err)
		}
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPortsThatCannotBeAreRefused(t *testing.T) {
	for _, port := range []int{0, -1, 65536} {
		if _, err := freePorts(port); err == nil {
			t.Errorf("port %d is taken as one", port)
		}
	}
	// The same one twice gives two.
	ports, err := freePorts(demoWebPort, demoWebPort)
	if err != nil || ports[0] == ports[1] {
		t.Errorf("%v, %v", ports, err)
	}
}

func TestTheTunnelIsNamedWhereNoBrowserCanRun(t *testing.T) {
	host, _ := os.Hostname()
	tests := map[string]struct {
		env  map[string]string
		want string
	}{
		"a desktop":         {map[string]string{"DISPLAY": ":0"}, ""},
		"Wayland":           {map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, ""},
		"a server's screen": {map[string]string{"USER": "ann"}, "ssh -N -L 54322:127.0.0.1:54322 ann@" + host},
		"by ssh":            {map[string]string{"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22", "USER": "ann"}, "ssh -N -L 54322:127.0.0.1:54322 ann@10.0.0.2"},
		"by ssh with X, another port": {map[string]string{"SSH_CONNECTION": "::1 5 fd00::2 2222", "DISPLAY": ":10"},
			"ssh -N -p 2222 -L 54322:127.0.0.1:54322 fd00::2"},
	}
	for name, test := range tests {
		if got := tunnel(func(key string) string { return test.env[key] }, 54322); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
