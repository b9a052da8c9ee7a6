package hub_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/core/metrics"
)

func (r *relay) readyz() (code int, now metrics.Readiness) {
	r.t.Helper()
	code, text := r.get("/readyz")
	if err := json.Unmarshal([]byte(text), &now); err != nil {
		r.t.Fatalf("%v: %s", err, text)
	}
	return code, now
}

// redisAt starts a redis-server at a port and returns what ends it.
func redisAt(t *testing.T, port int) (end func()) {
	t.Helper()
	cmd := exec.Command("redis-server", "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() { cmd.Process.Kill(); cmd.Wait() }
	t.Cleanup(end)
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", port)})
	defer client.Close()
	eventually(t, "redis-server answers", func() bool { return client.Ping(t.Context()).Err() == nil })
	return end
}

// Client libraries connect again by themselves: what /readyz says must come from what the endpoint learns, not from
// whether a process runs. Messages all the time let a sink learn it at once; a quiet one asks every 10 s.
func TestReadinessFollowsServersThatGoAwayAndComeBack(t *testing.T) {
	port := freePort(t)
	end := redisAt(t, port)
	foreign := &foreignServer{t: t, address: "127.0.0.1:0"}
	foreign.listen()
	t.Cleanup(func() { foreign.kill() })
	r := start(t, fmt.Sprintf(`
global: {metrics-port: 0}
plugins:
  endpoints:
    - {name: hears, id: endpoint-redis, url: "redis://127.0.0.1:%[1]d", channel: in}
    - {name: says, id: endpoint-redis, url: "redis://127.0.0.1:%[1]d", channel: out}
    - {name: reads, id: endpoint-redis, url: "redis://127.0.0.1:%[1]d", stream: in, group: hub}
    - {name: adds, id: endpoint-redis, url: "redis://127.0.0.1:%[1]d", stream: out}
    - {name: upstream, id: endpoint-websocket-client, url: "ws://%[2]s/feed", headers: {Authorization: Bearer s3cr3t-token}}
    - {name: off, id: endpoint-redis, url: "redis://127.0.0.1:1", channel: out, enabled: false}
    - {name: unused, id: endpoint-redis, url: "redis://127.0.0.1:1", channel: out}
    - {name: load, id: endpoint-mock, every: 10ms}
routes:
  hears: [says]
  reads: [adds]
  upstream: [upstream]
  load: [off, says, adds]
`, port, foreign.address))
	causes := map[string]string{"hears": fmt.Sprint(port), "says": fmt.Sprint(port), "reads": fmt.Sprint(port),
		"adds": fmt.Sprint(port), "upstream": foreign.address}
	ready := func() bool { code, now := r.readyz(); return code == http.StatusOK && now.Ready }
	for range 2 {
		eventually(t, "the hub is ready", ready)
		end()
		foreign.kill()
		eventually(t, "all five are named with the cause", func() bool { return r.unready(causes) })
		if code, _ := r.get("/healthz"); code != http.StatusOK {
			t.Errorf("the hub lives, /healthz answers %d", code)
		}
		end = redisAt(t, port)
		foreign.listen()
	}
	eventually(t, "the hub is ready again", ready)
	for _, e := range r.Status(t.Context()).Endpoints {
		if causes[e.Name] != "" && e.Restarts != 0 {
			t.Errorf("%s was opened again, so nothing connected silently", e.Name)
		}
	}
	if err := r.SetEnabled(t.Context(), "off", true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was switched on is needed", func() bool { return !ready() })
}

// unready reports whether /readyz says no because of exactly those endpoints, each with its cause.
func (r *relay) unready(causes map[string]string) bool {
	r.t.Helper()
	code, now := r.readyz()
	named := 0
	for _, e := range now.Endpoints {
		if !e.Needed || e.State == "ready" {
			continue
		}
		if e.State != "degraded" || causes[e.Name] == "" || !strings.Contains(e.Cause, causes[e.Name]) {
			return false
		}
		named++
	}
	return code == http.StatusServiceUnavailable && !now.Ready && named == len(causes)
}

func TestReadinessFollowsAPluginThatDies(t *testing.T) {
	r := start(t, scraped)
	eventually(t, "the hub is ready", func() bool { code, _ := r.readyz(); return code == http.StatusOK })
	pid := r.plugin("mock/fine").PID
	kill(t, pid)
	eventually(t, "the endpoint is missed", func() bool {
		code, now := r.readyz()
		for _, e := range now.Endpoints {
			if e.Name == "fine" && e.State != "ready" {
				return code == http.StatusServiceUnavailable && time.Since(e.Since) < patience
			}
		}
		return r.plugin("mock/fine").Restarts > 0 // it was back before anybody could look
	})
	r.back("mock/fine", pid)
	eventually(t, "the hub is ready again", func() bool { code, _ := r.readyz(); return code == http.StatusOK })
}

func TestAHubThatStartsIsNotReady(t *testing.T) {
	h, err := hub.New(load(t, write(t, scraped)), hub.Options{Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	if now := h.Readiness(); now.Ready || now.Cause != "the hub is starting" {
		t.Errorf("got %+v", now)
	}
}

// What a server has never answered must not seem to be ready, not for a moment: whoever looks then sends traffic.
func TestNothingIsReadyBeforeItsServerEverAnswered(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never says a word
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	there := freePort(t)
	redisAt(t, there)
	var log lockedBuffer
	r := startLogging(t, fmt.Sprintf(`
global: {metrics-port: 0}
plugins:
  endpoints:
    - {name: refused, id: endpoint-redis, url: "redis://127.0.0.1:1", channel: out}
    - {name: hears, id: endpoint-redis, url: "rediss://%[1]s", channel: in}
    - {name: says, id: endpoint-redis, url: "rediss://%[1]s", channel: out}
    - {name: reads, id: endpoint-redis, url: "redis://%[1]s", stream: in, group: hub}
    - {name: adds, id: endpoint-redis, url: "rediss://127.0.0.1:%[2]d", stream: out}
    - {name: upstream, id: endpoint-websocket-client, url: "ws://%[1]s/feed"}
    - {name: there, id: endpoint-redis, url: "redis://127.0.0.1:%[2]d", stream: out, group: hub}
routes:
  hears: [says, refused]
  reads: [adds]
  upstream: [upstream]
  there: [there]
`, silent.Addr(), there), slog.New(slog.NewTextHandler(&log, nil)))
	if code, now := r.readyz(); code != http.StatusServiceUnavailable || now.Ready {
		t.Errorf("ready: %d %+v", code, now)
	}
	for _, e := range r.Status(t.Context()).Endpoints {
		if want := map[bool]string{true: "ready", false: "degraded"}[e.Name == "there"]; e.State != want || (e.Cause == "") != (want == "ready") {
			t.Errorf("%s is %s: %s", e.Name, e.State, e.Cause)
		}
	}
	r.stop()
	if n := strings.Count(log.String(), "endpoint is ready"); n != 1 {
		t.Errorf("%d endpoints said that they are ready, want the one whose Redis is there\n%s", n, log.String())
	}
}
