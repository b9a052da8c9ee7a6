package hub_test

import (
	"encoding/json"
	"fmt"
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

// go-redis connects again by itself: what /readyz says must come from what the endpoint learns, not from whether a
// process runs.
func TestReadinessFollowsARedisThatGoesAwayAndComesBack(t *testing.T) {
	port := freePort(t)
	end := redisAt(t, port)
	r := start(t, fmt.Sprintf(`
global: {metrics-port: 0}
plugins:
  endpoints:
    - {name: hears, id: endpoint-redis, url: "redis://127.0.0.1:%[1]d", channel: in}
    - {name: says, id: endpoint-redis, url: "redis://127.0.0.1:%[1]d", channel: out}
    - {name: off, id: endpoint-redis, url: "redis://127.0.0.1:1", channel: out, enabled: false}
    - {name: unused, id: endpoint-redis, url: "redis://127.0.0.1:1", channel: out}
    - {name: load, id: endpoint-mock, every: 10ms}
routes:
  hears: [says]
  load: [off]
`, port))
	ready := func() bool { code, now := r.readyz(); return code == http.StatusOK && now.Ready }
	for range 2 {
		eventually(t, "the hub is ready", ready)
		end()
		eventually(t, "both endpoints are named with the cause", func() bool {
			code, now := r.readyz()
			named := 0
			for _, e := range now.Endpoints {
				if (e.Name == "hears" || e.Name == "says") && e.Needed && e.State == "degraded" &&
					strings.Contains(e.Cause, fmt.Sprint(port)) {
					named++
				}
			}
			return code == http.StatusServiceUnavailable && !now.Ready && named == 2
		})
		if code, _ := r.get("/healthz"); code != http.StatusOK {
			t.Errorf("the hub lives, /healthz answers %d", code)
		}
		end = redisAt(t, port)
	}
	eventually(t, "the hub is ready again", ready)
	if err := r.SetEnabled(t.Context(), "off", true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was switched on is needed", func() bool { return !ready() })
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
