package hub_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/hub"
)

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatalf("kill %d: %v", pid, err)
	}
}

// back waits until a plugin has another process than pid and all of its endpoints are ready again.
func (r *relay) back(plugin string, pid int) {
	r.t.Helper()
	eventually(r.t, plugin+" is back", func() bool {
		status := r.Status(context.Background())
		for _, p := range status.Plugins {
			if p.Name == plugin && (p.PID == pid || p.State != "ready") {
				return false
			}
		}
		for _, e := range status.Endpoints {
			if e.Plugin == plugin && e.State != "ready" {
				return false
			}
		}
		return true
	})
}

// parity: Z13 W11
func TestEveryPluginIsKilledThreeTimesUnderLoad(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 20us, payload: "{n}"}
    - {name: browsers, id: endpoint-websocket}
    - {name: news, id: endpoint-redis, url: "%[2]s", channel: news}
    - {name: archive, id: endpoint-redis, url: "%[2]s", channel: archive}
routes:
  load: [archive, news]
  news: [browsers]
`, port, url))
	subscribed(t, client, "news")
	for _, name := range []string{"mock", "redis", "websocket"} {
		others := map[string]int{}
		for _, p := range r.Status(t.Context()).Plugins {
			others[p.Name] = p.PID
		}
		delete(others, name)
		for n := range 3 {
			before := r.outlet("load", "archive").Account.In
			eventually(t, "messages flow", func() bool { return r.outlet("load", "archive").Account.In > before })
			pid := r.plugin(name).PID
			killed := time.Now()
			kill(t, pid)
			r.back(name, pid)
			if took := time.Since(killed); n == 0 && took > time.Second {
				t.Errorf("%s was back after %v", name, took)
			}
		}
		for other, pid := range others {
			if got := r.plugin(other).PID; got != pid {
				t.Errorf("killing %s, %s became process %d instead of %d", name, other, got, pid)
			}
		}
	}
	if r.outlet("load", "archive").Account.Dropped["plugin-lost"] == 0 {
		t.Error("redis was killed three times under load and nothing is counted as plugin-lost")
	}
	fresh := dial(t, port, "/browsers")
	if read(t, fresh) == "" {
		t.Error("nothing arrives after the kills")
	}
	r.checkAccounts()
}

func TestKillingOnePluginLeavesTheOthersConnectionsAlone(t *testing.T) {
	client, url := redisServer(t)
	port := freePort(t)
	r := start(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket}
    - {name: news, id: endpoint-redis, url: "%s", channel: news}
routes:
  news: [browsers]
`, port, url))
	subscribed(t, client, "news")
	c := dial(t, port, "/browsers")
	eventually(t, "the browser is connected", func() bool { return len(r.endpoint("browsers").Connections) == 1 })
	for n := range 3 {
		pid := r.plugin("redis").PID
		kill(t, pid)
		r.back("redis", pid)
		subscribed(t, client, "news")
		client.Publish(t.Context(), "news", fmt.Sprint("after kill ", n))
		if got := read(t, c); got != fmt.Sprint("after kill ", n) {
			t.Fatalf("read %q", got)
		}
	}
}

// hubProcess runs a configuration in a process of its own and returns it when it is ready.
func hubProcess(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hubConfig+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line := make([]byte, 1024)
	n, _ := out.Read(line)
	if !strings.HasPrefix(string(line[:n]), "ready") {
		t.Fatalf("the hub said %q", line[:n])
	}
	return cmd
}

// parity: Z3
// fault: B20
func TestNoPluginOutlivesAKilledHubAndTheNextStartWorks(t *testing.T) {
	path := write(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: browsers, id: endpoint-websocket}
    - {name: news, id: endpoint-redis, url: "embedded://", channel: news}
routes:
  load: [news]
  news: [browsers]
`, freePort(t)))
	socket := filepath.Join(filepath.Dir(path), "araldo-data", "araldo.sock")
	for range 2 {
		cmd := hubProcess(t, path)
		client, err := control.Dial([]string{socket})
		if err != nil {
			t.Fatal(err)
		}
		status, err := client.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(status.Plugins) != 3 {
			t.Fatalf("%d plugins", len(status.Plugins))
		}
		kill(t, cmd.Process.Pid)
		cmd.Wait()
		dead := time.Now()
		for _, p := range status.Plugins {
			eventually(t, p.Name+" is gone", func() bool { return !alive(p.PID) })
		}
		if took := time.Since(dead); took > 2*time.Second {
			t.Errorf("the last plugin was gone after %v", took)
		}
	}
	// A third start, in this process, finds two killed runs' leftovers and removes their sockets' folder.
	h, err := hub.New(load(t, path), hub.Options{Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(filepath.Join(filepath.Dir(socket), "runtime-dir"))
	if err != nil {
		t.Fatal(err)
	}
	h.Stop()
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(strings.TrimSpace(string(old))); !os.IsNotExist(err) {
		t.Errorf("the killed hub's runtime directory is still there: %v", err)
	}
}

// alive reports whether a process runs. One that has ended and waits for its new parent to notice does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.HasPrefix(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " Z")
}

// resources are what a leak would let grow.
type resources struct {
	goroutines, descriptors, sockets int
	memory                           int64
}

func (r *relay) resources() resources {
	r.t.Helper()
	note, err := os.ReadFile(filepath.Join(r.cfg.Global.DataDir, "runtime-dir"))
	if err != nil {
		r.t.Fatal(err)
	}
	sockets, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(note)), "*"))
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		r.t.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return resources{runtime.NumGoroutine(), len(descriptors), len(sockets), int64(m.HeapAlloc)}
}

func TestTwoHundredKillsLeaveNothingBehind(t *testing.T) {
	r := start(t, `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, process: own, every: 1ms}
    - {name: sink, id: endpoint-mock, process: own, restart: {initial: 1ms, max: 2ms, limit: 1000, window: 1s}}
routes:
  load: [sink]
`)
	killed := func(times int) resources {
		for range times {
			pid := r.plugin("mock/sink").PID
			kill(t, pid)
			r.back("mock/sink", pid)
		}
		return r.resources()
	}
	early := killed(20)
	late := killed(180)
	t.Logf("after 20 kills %+v, after 200 %+v", early, late)
	if late.goroutines > early.goroutines+5 || late.descriptors > early.descriptors+3 || late.sockets > early.sockets {
		t.Errorf("something is left behind by each kill: %+v, then %+v", early, late)
	}
	if late.memory > early.memory+4<<20 {
		t.Errorf("memory grew from %d to %d bytes", early.memory, late.memory)
	}
	if got := r.endpoint("sink").Restarts; got != 200 {
		t.Errorf("%d restarts are counted", got)
	}
}
