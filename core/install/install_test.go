package install

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"

	"github.com/araldo-relay/araldo/core/programs"
)

// version is the whole package in another version.
func version(text string) []entry {
	list := echo()
	list[0].text = strings.Replace(manifest, "1.2.0", text, 1)
	list[2].text = "#!/bin/sh\necho " + text + "\n"
	return list
}

// parity: A13
func TestEveryKindOfPackageIsInstalled(t *testing.T) {
	for name, pack := range map[string]func(*testing.T, place) string{
		"archive": func(t *testing.T, p place) string { return p.file(t, "echo.tar.gz", tarGz(t, echo())) },
		"zip":     func(t *testing.T, p place) string { return p.file(t, "echo.zip", zipped(t, echo())) },
		"folder": func(t *testing.T, p place) string {
			dir := filepath.Join(p.dir, "from", "echo")
			if err := errors.Join(os.MkdirAll(filepath.Join(dir, "bin"), 0o755),
				os.WriteFile(filepath.Join(dir, programs.ManifestName), []byte(manifest), 0o600),
				os.WriteFile(filepath.Join(dir, "bin", "echo"), []byte(script), 0o600)); err != nil {
				t.Fatal(err)
			}
			return dir
		},
		"lone program": func(t *testing.T, p place) string { return p.file(t, "araldo-plugin-echo", []byte(script)) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			r, err := p.Install(t.Context(), Source{Place: pack(t, p)})
			if err != nil {
				t.Fatal(err)
			}
			if r.Name != "echo" || r.Before != "" || p.states(t) != "echo ok" {
				t.Errorf("%+v, %s", r, p.states(t))
			}
			if _, err := os.Stat("/executed"); err == nil {
				t.Error("it was executed")
			}
		})
	}
}

func TestTheLockSaysWhatWasInstalled(t *testing.T) {
	p := newPlace(t)
	r := p.installed(t)
	lock, err := programs.ReadLock(p.Places.Lock)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := dirhash.HashDir(r.Path, "", dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(filepath.Join(p.dir, "from", "echo.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	got := lock.Plugins["echo"]
	if got.Version != "1.2.0" || got.Source != "echo.tar.gz" || got.Archive != programs.SumOf(archive) || got.Directory != hash ||
		got.Manifest != programs.SumOf([]byte(manifest)) || got.Binaries["any"] != programs.SumOf([]byte(script)) {
		t.Errorf("%+v", got)
	}
}

func TestAWrongSumIsRefusedBeforeAnythingIsUnpacked(t *testing.T) {
	p := newPlace(t)
	before := p.tree(t)
	archive := p.file(t, "echo.tar.gz", []byte("\x1f\x8b what would break the unpacker"))
	_, err := p.Install(t.Context(), Source{Place: archive, SHA256: strings.Repeat("0", 64)})
	var refused *RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Why, "must be 0000") {
		t.Errorf("error %v", err)
	}
	if after := p.tree(t); after != before {
		t.Errorf("it left\n%s", after)
	}
}

func TestSumsComeFromAFileOfThem(t *testing.T) {
	good := tarGz(t, echo())
	sum := programs.SumOf(good)
	for text, want := range map[string]string{
		sum + "  echo.tar.gz\n":                                               "",
		strings.ToUpper(sum) + " *dist/echo.tar.gz\r\n":                       "",
		strings.Repeat("1", 64) + "  other\n" + sum + "  echo.tar.gz":         "",
		strings.Repeat("1", 64) + "  echo.tar.gz\n":                           "must be 1111",
		sum + "  other.tar.gz\n":                                              "does not name echo.tar.gz",
		"hello  echo.tar.gz\n":                                                "not one SHA-256",
		sum + "  echo.tar.gz\n" + strings.Repeat("1", 64) + "  echo.tar.gz\n": "not one SHA-256",
	} {
		p := newPlace(t)
		_, err := p.Install(t.Context(), Source{Place: p.file(t, "echo.tar.gz", good), Checksums: p.file(t, "SHA256SUMS", []byte(text))})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// served is a web server that has an archive, and a place that trusts it.
func served(t *testing.T, handler http.HandlerFunc) (place, *httptest.Server) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	p := newPlace(t)
	transport := Transport()
	transport.TLSClientConfig = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	p.Transport = transport
	return p, server
}

func TestAURLNeedsHTTPSAndASum(t *testing.T) {
	archive := tarGz(t, echo())
	sum := programs.SumOf(archive)
	insecure := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive) }))
	defer insecure.Close()
	p, server := served(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/echo.tar.gz":
			_, _ = w.Write(archive)
		case "/elsewhere":
			http.Redirect(w, r, insecure.URL+"/echo.tar.gz", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	})
	secret := strings.Replace(server.URL, "https://", "https://user:secret@", 1)
	for _, c := range []struct{ url, sum, want string }{
		{server.URL + "/echo.tar.gz", "", "needs its sum"},
		{insecure.URL + "/echo.tar.gz", sum, "only https is allowed, not http"},
		{"file:///etc/passwd", sum, "only https is allowed, not file"},
		{secret + "/elsewhere?token=secret", sum, "only https is allowed, not http"},
		{secret + "/round", sum, "more than 5 redirects"},
		{secret + "/gone?token=secret", sum, "404"},
		{server.URL + "/echo.tar.gz", strings.Repeat("0", 64), "must be 0000"},
	} {
		before := p.tree(t)
		_, err := p.Install(t.Context(), Source{Place: c.url, SHA256: c.sum})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v, want one of %q", c.url, err, c.want)
		}
		if after := p.tree(t); after != before {
			t.Errorf("it left\n%s", after)
		}
	}
	if _, err := p.Install(t.Context(), Source{Place: secret + "/echo.tar.gz?token=secret", SHA256: sum}); err != nil {
		t.Fatal(err)
	}
	if lock, err := os.ReadFile(p.Places.Lock); err != nil || strings.Contains(string(lock), "secret") {
		t.Errorf("the lock has the secret: %v\n%s", err, lock)
	}
}

// Servers say of a .tar.gz that its encoding is gzip, and its sum is of the file as it is.
func TestWhatIsFetchedIsTheFileAsItIs(t *testing.T) {
	archive := tarGz(t, echo())
	p, server := served(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(archive)
	})
	if _, err := p.Install(t.Context(), Source{Place: server.URL + "/echo.tar.gz", SHA256: programs.SumOf(archive)}); err != nil {
		t.Error(err)
	}
}

func TestAnInterruptedInstallationLeavesNothing(t *testing.T) {
	for name, upgrade := range map[string]bool{"install": false, "upgrade": true} {
		t.Run(name, func(t *testing.T) {
			archive := tarGz(t, version("2.0.0"))
			started, ended := make(chan struct{}), make(chan struct{})
			p, server := served(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write(archive[:len(archive)/2])
				_ = http.NewResponseController(w).Flush()
				close(started)
				<-r.Context().Done()
				close(ended)
			})
			if upgrade {
				p.installed(t)
			}
			before := p.tree(t)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-started; cancel() }()
			_, err := p.bring(ctx, Source{Place: server.URL + "/echo.tar.gz", SHA256: programs.SumOf(archive)}, upgrade)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			<-ended
			if after := p.tree(t); after != before {
				t.Errorf("before\n%safter\n%s", before, after)
			}
		})
	}
}

// Interrupted at each read of the archive, and so in the middle of unpacking, too.
func TestAnInstallationCanBeInterruptedAnywhere(t *testing.T) {
	big := entry{name: "data", text: strings.Repeat("0123456789abcdef", 1<<14), mode: 0o644}
	for at := 1; ; at++ {
		p := newPlace(t)
		before := p.tree(t)
		ctx, cancel := context.WithCancel(t.Context())
		reads := 0
		p.Progress = func(string, int64) func(int) {
			return func(int) {
				if reads++; reads == at {
					cancel()
				}
			}
		}
		_, err := p.Install(ctx, Source{Place: p.file(t, "echo.zip", zipped(t, echo(big)))})
		cancel()
		if err == nil {
			if at < 10 {
				t.Errorf("it read %d times only", at)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("at %d: %v", at, err)
		}
		if after := p.tree(t); after != before {
			t.Fatalf("at %d it left\n%s", at, after)
		}
	}
}

// A kill may leave a stage, or a version that no lock names: neither counts, and the next installation clears up.
func TestWhatAKilledInstallationLeftDoesNotCount(t *testing.T) {
	p := newPlace(t)
	r := p.installed(t)
	stage := filepath.Join(p.Places.Installed, programs.Stage+"1")
	if err := errors.Join(os.CopyFS(filepath.Join(stage, "package"), os.DirFS(r.Path)),
		os.CopyFS(filepath.Join(filepath.Dir(r.Path), "2.0.0"), os.DirFS(r.Path))); err != nil {
		t.Fatal(err)
	}
	if got := p.states(t); got != ".stage-1 ignored, echo ok" {
		t.Errorf("states %s", got)
	}
	if _, err := p.Upgrade(t.Context(), Source{Place: p.file(t, "echo.tar.gz", tarGz(t, version("2.0.0")))}); err != nil {
		t.Fatal(err)
	}
	if got := p.states(t); got != "echo ok" {
		t.Errorf("states %s", got)
	}
}

// A kill may leave a lock that was not finished beside the one that holds.
func TestAnUnfinishedLockIsRemoved(t *testing.T) {
	p := newPlace(t)
	p.installed(t)
	before := p.tree(t)
	for _, name := range []string{"." + programs.LockName + ".123", "." + programs.LockName + ".9"} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte("lock: 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.installed(t)
	if after := p.tree(t); after != before {
		t.Errorf("before\n%safter\n%s", before, after)
	}
}

// A process may run from either version, and a kill in between must not find it gone.
func TestWhatIsAsItWasInstalledIsNotTouched(t *testing.T) {
	p := newPlace(t)
	p.installed(t)
	second := Source{Place: p.file(t, "second.tar.gz", tarGz(t, version("2.0.0")))}
	r, err := p.Upgrade(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.Stat(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	before := p.tree(t)
	for _, upgrade := range []bool{false, true} {
		again, err := p.bring(t.Context(), second, upgrade)
		if err != nil || again.Before != again.Version {
			t.Fatalf("%+v, %v", again, err)
		}
		if is, err := os.Stat(r.Path); err != nil || !os.SameFile(was, is) || p.tree(t) != before {
			t.Errorf("before\n%safter\n%s (%v)", before, p.tree(t), err)
		}
	}
	if err := os.Chmod(filepath.Join(r.Path, "bin", "echo"), 0o775); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Install(t.Context(), second); err != nil || p.states(t) != "echo ok" {
		t.Errorf("states %s, %v", p.states(t), err)
	}
}

// parity: A13
func TestUpgradeAndRemove(t *testing.T) {
	p := newPlace(t)
	source := func(v string) Source { return Source{Place: p.file(t, "echo-"+v+".tar.gz", tarGz(t, version(v)))} }
	if _, err := p.Upgrade(t.Context(), source("2.0.0")); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("an upgrade of nothing: %v", err)
	}
	first := p.installed(t)
	if _, err := p.Install(t.Context(), source("2.0.0")); !errors.Is(err, ErrInstalled) {
		t.Errorf("a second version: %v", err)
	}
	for _, v := range []string{"2.0.0", "3.0.0"} {
		r, err := p.Upgrade(t.Context(), source(v))
		if err != nil || r.Version != v {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if _, err := os.Stat(first.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the version before the last is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(first.Path), "2.0.0")); err != nil {
		t.Errorf("the last version may still run: %v", err)
	}
	if got := p.states(t); got != "echo ok" {
		t.Errorf("states %s", got)
	}
	var unknown *UnknownError
	if err := p.Remove("ehco"); !errors.As(err, &unknown) || unknown.Nearest != "echo" {
		t.Errorf("an unknown one: %v", err)
	}
	if err := p.Remove("echo"); err != nil {
		t.Fatal(err)
	}
	if got := p.states(t); got != "" {
		t.Errorf("states %s", got)
	}
	if left, err := os.ReadDir(p.Places.Installed); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestAVersionNeverChanges(t *testing.T) {
	p := newPlace(t)
	r := p.installed(t)
	changed := echo()
	changed[2].text += "exit 0\n"
	for _, upgrade := range []bool{false, true} {
		_, err := p.bring(t.Context(), Source{Place: p.file(t, "changed.tar.gz", tarGz(t, changed))}, upgrade)
		if !errors.Is(err, ErrInstalled) || !strings.Contains(err.Error(), "another version") {
			t.Errorf("error %v", err)
		}
	}
	// The same again puts right what was changed in its place.
	if err := os.WriteFile(filepath.Join(r.Path, "bin", "echo"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := p.states(t); got != "echo modified" {
		t.Errorf("states %s", got)
	}
	p.installed(t)
	if got := p.states(t); got != "echo ok" {
		t.Errorf("states %s", got)
	}
}

// The lock belongs to the configuration: with both on another machine, the same package is what fits.
func TestALockFromElsewhereIsKept(t *testing.T) {
	p := newPlace(t)
	p.installed(t)
	if err := os.RemoveAll(p.Places.Installed); err != nil {
		t.Fatal(err)
	}
	if got := p.states(t); got != "echo missing" {
		t.Errorf("states %s", got)
	}
	before, err := os.ReadFile(p.Places.Lock)
	if err != nil {
		t.Fatal(err)
	}
	p.installed(t)
	after, err := os.ReadFile(p.Places.Lock)
	if err != nil || string(before) != string(after) || p.states(t) != "echo ok" {
		t.Errorf("%v, states %s, lock\n%s", err, p.states(t), after)
	}
}

func TestTwoPluginsOfOneIDAreRefused(t *testing.T) {
	p := newPlace(t)
	r := p.installed(t)
	other := echo()
	other[0].text = strings.Replace(manifest, "name: echo", "name: other", 1)
	_, err := p.Install(t.Context(), Source{Place: p.file(t, "other.tar.gz", tarGz(t, other))})
	if err == nil || !strings.Contains(err.Error(), "endpoint-echo: "+filepath.Dir(r.Path)+" and the package other 1.2.0") {
		t.Errorf("error %v", err)
	}
	q := newPlace(t)
	q.Taken = map[string]string{"endpoint-echo": "built-in plugin mock"}
	if _, err := q.install(t, echo()); err == nil || !strings.Contains(err.Error(), "built-in plugin mock and the package") {
		t.Errorf("error %v", err)
	}
}

func TestOneInstallationAtATime(t *testing.T) {
	p := newPlace(t)
	release, err := p.exclusive()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.install(t, echo()); !errors.Is(err, ErrBusy) {
		t.Errorf("error %v", err)
	}
	release()
	p.installed(t)
}

func TestInstallationsAtOnceEndInOrder(t *testing.T) {
	p := newPlace(t)
	place := p.file(t, "echo.tar.gz", tarGz(t, echo()))
	var all sync.WaitGroup
	errs := make([]error, 8)
	for n := range errs {
		all.Go(func() { _, errs[n] = p.Install(t.Context(), Source{Place: place}) })
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if !errors.Is(err, ErrBusy) {
			t.Errorf("error %v", err)
		}
	}
	if done == 0 || p.states(t) != "echo ok" {
		t.Errorf("%d were done, states %s", done, p.states(t))
	}
}

func TestALockThatCannotBeWrittenChangesNothing(t *testing.T) {
	p := newPlace(t)
	p.Places.Lock = filepath.Join(p.dir, strings.Repeat("l", 250)) // no file beside it can have a longer name
	before := p.tree(t)
	if _, err := p.install(t, version("9")); err == nil {
		t.Error("it was installed without a lock")
	}
	if after := p.tree(t); after != before {
		t.Errorf("before\n%safter\n%s", before, after)
	}
}

// A script reads what lies beside it, so all of its package must be as it was.
//
// fault: B17
func TestAScriptIsVerifiedWithAllFilesOfItsPackage(t *testing.T) {
	p := newPlace(t)
	list := echo(entry{name: "lib/module", text: "good", mode: 0o644})
	r, err := p.install(t, list)
	if err != nil {
		t.Fatal(err)
	}
	program := programs.Program{Name: "echo", Path: filepath.Dir(r.Path), Packaged: true, Lock: p.Places.Lock}
	verified := func() error {
		file, err := program.Open()
		if err != nil {
			return err
		}
		defer file.Close()
		return program.Verify(t.Context(), file)
	}
	if err := verified(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(path string) error{
		"changed": func(path string) error { return os.WriteFile(path, []byte("evil"), 0o600) },
		"more":    func(path string) error { return os.WriteFile(path+".more", []byte("evil"), 0o600) },
		"gone":    os.Remove,
		"a link":  func(path string) error { return errors.Join(os.Remove(path), os.Symlink("/etc/passwd", path)) },
		"others":  func(path string) error { return os.Chmod(path, 0o664) },
		"folder":  func(path string) error { return os.Chmod(filepath.Dir(path), 0o777) },
	} {
		if _, err := p.install(t, list); err != nil { // puts back what was changed
			t.Fatal(err)
		}
		if err := spoil(filepath.Join(r.Path, "lib", "module")); err != nil {
			t.Fatal(err)
		}
		var unverified *programs.UnverifiedError
		if err := verified(); !errors.As(err, &unverified) || unverified.State != programs.StateModified {
			t.Errorf("%s: %v", name, err)
		}
	}
}
