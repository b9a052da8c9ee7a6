package hub_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An external plugin whose file was spoilt while it ran, and that then dies, does not come back: the hub says why, tries
// again after pauses, and the other routes go on. The right file in its place ends that.
//
// fault: B17
func TestASpoiltExternalPluginFailsAlone(t *testing.T) {
	programs := installed(t, "mock")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 10ms, restart: {initial: 50ms, max: 100ms, limit: 0}}
    - {name: archive, id: endpoint-file, path: %q}
    - {name: report, id: endpoint-status, every: 100ms}
    - {name: reports, id: endpoint-file, path: %q}
routes:
  load: [archive]
  report: [reports]
`, programs.dir, filepath.Join(t.TempDir(), "archive"), filepath.Join(t.TempDir(), "reports")))
	for _, spoilt := range []struct{ name, script, want string }{
		{"garbage", "echo 'Traceback: no module named araldo'; sleep 100", "no module named araldo"},
		{"a gigabyte", "head -c 1000000000 /dev/zero | tr '\\0' g", "ggg"},
		{"exits at once", "echo the licence ran out >&2; exit 3", "exit status 3 before it was ready; its last output: the licence ran out"},
		{"another version", "echo '1|7|unix|/nowhere|grpc|'; sleep 100", "version"},
		{"no handshake", "exec sleep 1000", "it was not ready within 10s"},
	} {
		t.Run(spoilt.name, func(t *testing.T) {
			programs.spoil("mock", spoilt.script)
			began := time.Now()
			pid := r.plugin("mock").PID
			if pid == 0 {
				t.Fatal("there is no process to kill")
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, "its error says why", func() bool { return strings.Contains(r.plugin("mock").LastError, spoilt.want) })
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
			if state := r.plugin("mock").State; state != "backoff" && state != "starting" {
				t.Errorf("it is %s", state)
			}
			before := r.outlet("report", "reports").Account.Delivered
			eventually(t, "the other route runs", func() bool { return r.outlet("report", "reports").Account.Delivered > before })
			programs.upgrade("mock")
			eventually(t, "it is back", func() bool { return r.plugin("mock").State == "ready" && r.endpoint("load").State == "ready" })
			delivered := r.outlet("load", "archive").Account.Delivered
			eventually(t, "its messages flow", func() bool { return r.outlet("load", "archive").Account.Delivered > delivered })
		})
	}
}

// A plugin that was given up and that can't be started again does not keep a reload from the rest.
//
// fault: F12 B17
func TestAPluginThatCantBeStartedHoldsNoReload(t *testing.T) {
	programs := installed(t, "mock")
	config := func(more string) string {
		return fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 10ms, restart: {initial: 0s, limit: 1}}
    - {name: archive, id: endpoint-file, path: archive}
    - {name: report, id: endpoint-status, every: 100ms}
    - {name: reports, id: endpoint-file, path: reports}
%s
`, programs.dir, more)
	}
	r := start(t, config("routes: {load: [archive], report: [reports]}"))
	programs.spoil("mock", "echo the licence ran out >&2; exit 3")
	kill(t, r.plugin("mock").PID)
	eventually(t, "it is given up", func() bool { return r.endpoint("load").State == "failed" })
	result := r.reloaded(config("    - {name: other, id: endpoint-file, path: other}\nroutes: {load: [archive], report: [reports, other]}"))
	if got := fmt.Sprint(result.Remarks); !strings.Contains(got, "the licence ran out") {
		t.Errorf("the reload says %s", got)
	}
	eventually(t, "the new route runs", func() bool { return r.outlet("report", "other").Account.Delivered > 0 })
	if r.endpoint("load").State != "failed" {
		t.Errorf("it is %+v", r.endpoint("load"))
	}
	programs.upgrade("mock")
	r.reloaded(config("routes: {load: [archive], report: [reports]}"))
	before := r.outlet("load", "archive").Account.Delivered
	eventually(t, "messages flow", func() bool { return r.outlet("load", "archive").Account.Delivered > before })
}
