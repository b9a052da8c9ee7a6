package hub_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/core/install"
	"github.com/araldo-relay/araldo/core/programs"
)

// A program whose file was changed is not started again while it differs; what does not need it goes on.
//
// fault: B17
func TestAPluginWithTheWrongChecksumIsNotStartedAndOthersGoOn(t *testing.T) {
	source := installed(t, "mock")
	path := write(t, `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
    - {name: news, id: endpoint-status, every: 100ms}
    - {name: log, id: endpoint-file, path: log}
routes:
  load: [sink]
  news: [log]
`)
	places := hub.PluginPlaces(load(t, path))
	r, err := (&install.Installer{Places: places}).Install(t.Context(), install.Source{Place: source.path("mock")})
	if err != nil {
		t.Fatal(err)
	}
	running := startFile(t, path, testLog(t))
	program := filepath.Join(r.Path, programs.Prefix+"mock")
	good := program + ".good"
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	changed := program + ".changed"
	if err := errors.Join(os.WriteFile(changed, append(text, 0), 0o755), os.Link(program, good), os.Rename(changed, program)); err != nil {
		t.Fatal(err)
	}
	if err := running.RestartPlugin(t.Context(), "mock"); err == nil || !strings.Contains(err.Error(), "is modified: its SHA-256 is") {
		t.Errorf("a restart: %v", err)
	}
	if err := syscall.Kill(running.plugin("mock").PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is refused", func() bool {
		p := running.plugin("mock")
		return p.PID == 0 && p.State == "backoff" && strings.Contains(p.LastError, "is modified: its SHA-256 is")
	})
	delivered := running.outlet("news", "log").Account.Delivered
	eventually(t, "the other route runs", func() bool { return running.outlet("news", "log").Account.Delivered > delivered })
	if err := os.Rename(good, program); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is started", func() bool { return running.plugin("mock").State == "ready" })
}

// Whoever forgot to make a program executable, or lost the lock, is told so and not only that an id is not known.
func TestWhatIsThereAndCannotBeStartedIsTold(t *testing.T) {
	dir := t.TempDir()
	path := write(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  endpoints:
    - {name: a, id: endpoint-mock}
    - {name: b, id: endpoint-echo}
routes:
  a: [b]
`, dir))
	file, folder := filepath.Join(dir, programs.Prefix+"echo"), filepath.Join(dir, programs.Prefix+"other")
	if err := errors.Join(os.WriteFile(file, []byte("#!/bin/sh\n"), 0o644), os.Mkdir(folder, 0o755),
		os.WriteFile(filepath.Join(dir, "README"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	h, err := hub.New(load(t, path), hub.Options{Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := h.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text := problems.Error()
	for _, want := range []string{file + ": warning: plugin echo is ignored: it is not executable", folder + ": warning: plugin other is unlocked: "} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "README") {
		t.Errorf("a file that is no plugin is told of:\n%s", text)
	}
}

// fault: B17
func TestTwoPackagesOfOneIDAreNamedAndNeitherIsExecuted(t *testing.T) {
	path := write(t, `
plugins:
  endpoints:
    - {name: a, id: endpoint-mock}
    - {name: b, id: endpoint-nobodys}
routes:
  a: [b]
`)
	executed := filepath.Join(t.TempDir(), "executed")
	places := hub.PluginPlaces(load(t, path))
	text := "#!/bin/sh\ntouch " + executed + "\n"
	lock := programs.Lock{Plugins: map[string]programs.Locked{}}
	for _, name := range []string{"one", "two"} {
		manifest := "name: " + name + "\nversion: 1\nprotocol: 1\nids: [endpoint-nobodys]\nbinaries: {any: run}\n"
		dir := filepath.Join(places.Installed, programs.Prefix+name, "1")
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "run"), []byte(text), 0o755),
			os.WriteFile(filepath.Join(dir, programs.ManifestName), []byte(manifest), 0o644)); err != nil {
			t.Fatal(err)
		}
		lock.Plugins[name] = programs.Locked{Version: "1", Source: "here", Directory: "h1:" + strings.Repeat("A", 43) + "=",
			Manifest: programs.SumOf([]byte(manifest)), Binaries: map[string]string{"any": programs.SumOf([]byte(text))}}
	}
	if err := lock.Write(places.Lock); err != nil {
		t.Fatal(err)
	}
	h, err := hub.New(load(t, path), hub.Options{Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	want := "two plugins offer the id endpoint-nobodys: " + filepath.Join(places.Installed, "araldo-plugin-one") + " and " +
		filepath.Join(places.Installed, "araldo-plugin-two")
	if _, err := h.Check(t.Context()); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err := os.Stat(executed); err == nil {
		t.Error("one was executed")
	}
}
