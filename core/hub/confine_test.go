package hub_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/core/isolation"
)

// ofProcess reads a file about a plugin's process, its parts as lines.
func ofProcess(t *testing.T, p control.Plugin, file string) []string {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.PID, file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\x00"), "\x00")
}

func TestAPluginSeesNoSecretsOfOthers(t *testing.T) {
	for name, value := range map[string]string{"SECRET_OF_THE_HUB": "x", "PASSED": "over", "UNSET": ""} {
		t.Setenv(name, value)
	}
	if err := os.Unsetenv("UNSET"); err != nil {
		t.Fatal(err)
	}
	programs := installed(t, "mock")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  programs:
    mock: {env: {GIVEN: "a value"}, pass-env: [PASSED, UNSET]}
  endpoints:
    - {name: load, id: endpoint-mock, every: 1h, payload: hush-hush}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`, programs.dir))
	p := r.plugin("mock")
	env := ofProcess(t, p, "environ")
	for _, want := range []string{"GIVEN=a value", "PASSED=over"} {
		if !slices.Contains(env, want) {
			t.Errorf("the environment lacks %s: %q", want, env)
		}
	}
	all := strings.Join(append(env, ofProcess(t, p, "cmdline")...), "\n")
	for _, not := range []string{"SECRET_OF_THE_HUB", "UNSET", "hush-hush", "endpoint-mock", isolation.Mark} {
		if strings.Contains(all, not) {
			t.Errorf("it sees %s: %s", not, all)
		}
	}
}

func TestASandboxLetsAPluginReachWhatItsKeysName(t *testing.T) {
	programs, record := installed(t, "mock"), filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  programs:
    mock: {limits: {open-files: 200}, touches: {read: [/srv], connect: [7777]}}
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock, confirm: accepted, record: %q}
routes:
  load: [sink]
`, programs.dir, record))
	eventually(t, "it writes its record", func() bool {
		info, err := os.Stat(record)
		return err == nil && info.Size() > 0
	})
	p := r.plugin("mock")
	if want := (isolation.Outcome{Confined: true, Mode: isolation.BestEffort, ABI: isolation.ABI()}).String(); p.Sandbox != want || p.OpenFiles != 200 {
		t.Errorf("sandbox %q, want %q; open-files %d", p.Sandbox, want, p.OpenFiles)
	}
	want := []string{"listen 54321", "connect 7777", "read /srv", "write " + record}
	if isolation.ABI() == 0 {
		want = []string{}
	}
	if !slices.Equal(p.Allowed, want) {
		t.Errorf("allowed %q, want %q", p.Allowed, want)
	}
}

// The default of a plugin's own schema is nothing that the operator wrote.
func TestADenialNamesThePortAndTheKeyThatAllowsIt(t *testing.T) {
	programs := installed(t, "redis")
	text := `
global: {plugin-dirs: [%q]}
plugins:
  programs:
    redis: {%s}
  endpoints:
    - {name: out, id: endpoint-redis, channel: out}
    - {name: load, id: endpoint-status, every: 1h}
routes:
  load: [out]
`
	cause := func(program string) string {
		r := start(t, fmt.Sprintf(text, programs.dir, program))
		defer r.stop()
		eventually(t, "it is out of reach", func() bool { return r.endpoint("out").State == "degraded" })
		return r.endpoint("out").Cause
	}
	denied, allowed := cause("sandbox: best-effort"), cause("touches: {connect: [6379]}")
	hint := "(its sandbox denies TCP port 6379: `touches: {connect: [6379]}` allows it)"
	if restricts := isolation.ABI() >= 4; strings.HasSuffix(denied, hint) != restricts || strings.Contains(denied, "permission denied") != restricts {
		t.Errorf("Landlock ABI %d, cause %q", isolation.ABI(), denied)
	}
	if strings.Contains(allowed, "permission denied") {
		t.Errorf("allowed, cause %q", allowed)
	}
}

func TestAReloadStartsWhatIsKeptToSomethingElseAnew(t *testing.T) {
	programs := installed(t, "mock")
	text := `
global: {plugin-dirs: [%q]}
plugins:
  programs:
    mock: {%s}
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`
	r := start(t, fmt.Sprintf(text, programs.dir, "sandbox: best-effort"))
	before := r.plugin("mock")
	for _, turn := range []struct {
		program string
		same    bool
	}{{"sandbox: best-effort, pass-env: []", true}, {"sandbox: off", false}, {"sandbox: off, limits: {open-files: 300}", false}} {
		r.reloaded(fmt.Sprintf(text, programs.dir, turn.program))
		now := r.plugin("mock")
		if (now.PID == before.PID) != turn.same {
			t.Errorf("%s: process %d, before %d", turn.program, now.PID, before.PID)
		}
		before = now
	}
	if before.Sandbox != "off" || len(before.Allowed) != 0 || before.OpenFiles != 300 {
		t.Errorf("in the end %+v", before)
	}
	delivered := r.outlet("load", "sink").Account.Delivered
	eventually(t, "messages flow on", func() bool { return r.outlet("load", "sink").Account.Delivered > delivered })
}

func TestWhatIsBuiltInHasNoSandboxToEnforce(t *testing.T) {
	cfg := load(t, write(t, `
plugins:
  programs:
    mock: {sandbox: enforce, limits: {open-files: 150}}
  endpoints:
    - {name: load, id: endpoint-mock, every: 1h}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`))
	h, err := hub.New(cfg, hub.Options{Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := h.Check(t.Context())
	if err != nil || !strings.Contains(problems.Error(), "programs: mock: sandbox: enforce: what is built in runs without a sandbox") {
		t.Errorf("%v, %v", problems, err)
	}
}

// An endpoint that is added may need what the plugin's process is not let to: then all that it serves is closed for a new one,
// and that is told beforehand.
func TestADryRunTellsWhomAnotherProcessInterrupts(t *testing.T) {
	if isolation.ABI() == 0 {
		t.Log("the kernel restricts nothing, so that nothing needs another process")
		return
	}
	programs := installed(t, "websocket")
	one, other := freePort(t), freePort(t)
	config := func(more string) string {
		return fmt.Sprintf(`
global: {server-port: %d, plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, path: /ws}
%s
`, one, programs.dir, more)
	}
	r := start(t, config("routes: {browsers: [browsers]}"))
	pid := r.plugin("websocket").PID
	if err := os.WriteFile(r.cfg.Path, []byte(config(fmt.Sprintf("    - {name: more, id: endpoint-websocket, port: %d}\nroutes: {browsers: [browsers], more: [more]}", other))), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = "endpoint browsers is closed and opened again too: its plugin gets another process"
	for _, dryRun := range []bool{true, false} {
		got, err := r.Adopt(t.Context(), load(t, r.cfg.Path), dryRun)
		if err != nil || !got.OK || !slices.Contains(got.Remarks, want) {
			t.Errorf("dry run %v: %+v, %v", dryRun, got, err)
		}
		if same := r.plugin("websocket").PID == pid; same != dryRun {
			t.Errorf("dry run %v: the same process: %v", dryRun, same)
		}
	}
	if got, err := r.Adopt(t.Context(), load(t, r.cfg.Path), false); err != nil || !got.OK || len(got.Remarks) > 0 {
		t.Errorf("the same again: %+v, %v", got, err)
	}
}

// A sandbox lets a plugin read the folder of its program and what `touches` names, so nothing of the hub's should be in there.
func TestAPluginThatReadsTheDataDirectoryIsWarnedOf(t *testing.T) {
	programs, elsewhere := installed(t, "mock"), t.TempDir()
	beside, touched := filepath.Join(programs.dir, "data"), elsewhere
	if isolation.ABI() == 0 {
		touched = "" // what touches names makes no difference
	}
	text := `
global: {data-dir: %q, plugin-dirs: [%q]}
plugins:
  programs:
    mock: {%s}
  endpoints:
    - {name: a, id: endpoint-mock}
    - {name: b, id: endpoint-mock}
routes:
  a: [b]
`
	for _, c := range []struct {
		data, program, around string
	}{
		{beside, "sandbox: best-effort", programs.dir}, {beside, "sandbox: off", ""},
		{filepath.Join(elsewhere, "data"), "sandbox: best-effort", ""},
		{filepath.Join(elsewhere, "data"), fmt.Sprintf("touches: {read: [/srv, %q]}", elsewhere), touched},
	} {
		h, err := hub.New(load(t, write(t, fmt.Sprintf(text, c.data, programs.dir, c.program))), hub.Options{Log: testLog(t)})
		if err != nil {
			t.Fatal(err)
		}
		problems, err := h.Check(t.Context())
		want := "its sandbox lets it read data-dir, which is in " + c.around
		if err != nil || problems.Failed() || (len(problems) > 0) != (c.around != "") || c.around != "" && !strings.Contains(problems.Error(), want) {
			t.Errorf("data-dir %s, %s: %v, %v", c.data, c.program, problems, err)
		}
	}
}
