package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/plugins"
)

// hubConfig is the environment variable that makes this test binary a hub of that configuration file: the tests that
// kill a hub need one that is a process of its own.
const hubConfig = "ARALDO_TEST_HUB"

func TestMain(m *testing.M) {
	plugins.Main()
	serveExternal()
	if path := os.Getenv(hubConfig); path != "" {
		os.Exit(runHub(path))
	}
	goleak.VerifyTestMain(m)
}

func runHub(path string) int {
	cfg, problems := config.Load(path, nil)
	if problems.Failed() {
		fmt.Println(problems)
		return 2
	}
	h, err := hub.New(cfg, hub.Options{Ready: func() { fmt.Println("ready") }})
	if err == nil {
		err = h.Run(context.Background())
	}
	fmt.Println(err)
	return 1
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// relay is a hub that runs in the test's own process.
type relay struct {
	t *testing.T
	*hub.Hub
	cfg   *config.Config
	ended chan error
}

// write puts a configuration into a file of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "araldo.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, path string) *config.Config {
	t.Helper()
	cfg, problems := config.Load(path, nil)
	if problems.Failed() {
		t.Fatal(problems)
	}
	return cfg
}

// start runs a configuration until the test ends, and returns when it is ready. Every account must close without
// residue.
func start(t *testing.T, text string) *relay {
	t.Helper()
	return startLogging(t, text, testLog(t))
}

func startLogging(t *testing.T, text string, log *slog.Logger) *relay {
	t.Helper()
	return startFile(t, write(t, text), log)
}

func startFile(t *testing.T, path string, log *slog.Logger) *relay {
	t.Helper()
	r := &relay{t: t, cfg: load(t, path), ended: make(chan error, 1)}
	ready := make(chan struct{})
	var err error
	r.Hub, err = hub.New(r.cfg, hub.Options{Log: log, Ready: func() { close(ready) }})
	if err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.Run(context.Background()) }()
	select {
	case <-ready:
	case err := <-r.ended:
		t.Fatalf("the hub ended: %v", err)
	case <-time.After(patience):
		t.Fatal("the hub is not ready")
	}
	t.Cleanup(r.stop)
	return r
}

func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// testWriter shows the log with the test that it belongs to.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func (r *relay) stop() {
	r.Stop()
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("the hub ended: %v", err)
		}
		r.ended <- nil
	case <-time.After(patience):
		r.t.Error("the hub does not end")
	}
	r.checkAccounts()
}

func (r *relay) checkAccounts() {
	for _, route := range r.Status(context.Background()).Routes {
		for _, o := range route.Outlets {
			if left := residue(o.Account); left != 0 {
				r.t.Errorf("%s -> %s: residue %d in %+v", route.Inbound, o.Name, left, o.Account)
			}
		}
	}
}

func residue(a control.Account) int64 {
	sum := a.Delivered + a.Filtered + a.DeadLettered + a.Expired + a.Queued + a.InFlight
	for _, n := range a.Dropped {
		sum += n
	}
	return int64(a.In) - int64(sum)
}

func (r *relay) outlet(inbound, name string) control.Outlet {
	r.t.Helper()
	for _, route := range r.Status(context.Background()).Routes {
		for _, o := range route.Outlets {
			if route.Inbound == inbound && o.Name == name {
				return o
			}
		}
	}
	r.t.Fatalf("no outlet %s -> %s", inbound, name)
	return control.Outlet{}
}

func (r *relay) endpoint(name string) control.Endpoint {
	r.t.Helper()
	for _, e := range r.Status(context.Background()).Endpoints {
		if e.Name == name {
			return e
		}
	}
	r.t.Fatalf("no endpoint %s", name)
	return control.Endpoint{}
}

func (r *relay) plugin(name string) control.Plugin {
	r.t.Helper()
	for _, p := range r.Status(context.Background()).Plugins {
		if p.Name == name {
			return p
		}
	}
	r.t.Fatalf("no plugin %s", name)
	return control.Plugin{}
}

// eventually polls until what holds, and fails the test when patience is at its end.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.Tick(5 * time.Millisecond); !holds(); <-tick {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// freePort returns a port that nobody listened on a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// redisServer starts a real redis-server for the test and returns a client of it and its URL.
func redisServer(t *testing.T) (*redis.Client, string) {
	t.Helper()
	port := freePort(t)
	cmd := exec.Command("redis-server", "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", t.TempDir(), "--client-output-buffer-limit", "pubsub 0 0 0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", port)})
	t.Cleanup(func() { client.Close() })
	eventually(t, "redis-server answers", func() bool { return client.Ping(t.Context()).Err() == nil })
	return client, fmt.Sprintf("redis://127.0.0.1:%d", port)
}

// dial connects a WebSocket client as a page of the same host would.
func dial(t *testing.T, port int, path string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, fmt.Sprintf("ws://127.0.0.1:%d%s", port, path), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(1 << 20)
	t.Cleanup(func() { c.CloseNow() })
	return c
}

func read(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, payload, err := c.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
}

func send(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		t.Fatal(err)
	}
}
