package programs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const echoManifest = `name: echo
version: 1.2.0
protocol: 1
ids: [endpoint-echo]
binaries:
  linux/amd64: bin/amd64
  any: ./bin//echo
touches:
  listen: [8080]
  connect: [443]
  read: [/etc/ssl]
  write: [/var/spool/echo]
`

func TestAManifestIsRead(t *testing.T) {
	m, err := ParseManifest("F", []byte(echoManifest))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "echo" || m.Version != "1.2.0" || m.IDs[0] != "endpoint-echo" || m.Touches.Listen[0] != 8080 ||
		m.Touches.Connect[0] != 443 || m.Touches.Read[0] != "/etc/ssl" || m.Touches.Write[0] != "/var/spool/echo" {
		t.Errorf("%+v", m)
	}
	for platform, want := range map[string]string{"linux/amd64": "bin/amd64", "plan9/arm": "bin/echo"} {
		if got, found := m.Binary(platform); got != want || !found {
			t.Errorf("%s: %q", platform, got)
		}
	}
}

func TestMistakesInAManifestAreToldAtOnce(t *testing.T) {
	_, err := ParseManifest("F", []byte(`name: Echo
version: a/b
protocol: one
ids: [a, a, "x y"]
binaries: {linux: x, any: ../x}
touches: {listen: [0], read: [etc], wirte: [/x]}
licence: MIT
`))
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, want := range []string{`F:1:7: name: "Echo"`, `F:2:10: version: "a/b"`, "F:3:11: protocol", "F:4:10: ids", "F:4:13: ids",
		`F:5:12: binaries: "linux" is no platform`, "`..` in a path", "F:6:20: listen", "F:6:31: read", `did you mean "write"`,
		`F:7:1: unknown key "licence"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("there is no %q in\n%v", want, err)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(echoManifest))
	f.Add([]byte("name: [x]\nbinaries: {any: {}}\ntouches: 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest("F", text)
		if err != nil {
			return
		}
		if !ValidName(m.Name) || strings.ContainsAny(m.Version, "/\\") || m.Version == ".." {
			t.Errorf("%+v", m)
		}
		for _, name := range m.Binaries {
			if !filepath.IsLocal(name) {
				t.Errorf("%q leads out", name)
			}
		}
	})
}

func FuzzCleanName(f *testing.F) {
	for _, name := range []string{"a/b", "../a", "a/../../b", "/a", `a\..\b`, "a//./b", "c:x", "...", "a/.."} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if clean, err := CleanName(name); err == nil && !filepath.IsLocal(clean) {
			t.Errorf("%q is %q, which leads out", name, clean)
		}
	})
}

// places is a configuration's folder with a plugin directory; a lock names what is put there by lock.
func places(t *testing.T) Places {
	t.Helper()
	dir := t.TempDir()
	p := Places{Directories: []string{filepath.Join(dir, "programs")}, Installed: filepath.Join(dir, "data", "plugins"),
		Lock: filepath.Join(dir, LockName)}
	if err := os.Mkdir(p.Directories[0], 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p Places) write(t *testing.T, name, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(p.Directories[0], name)
	if err := errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
	return path
}

// lock names programs by the sums of these texts.
func (p Places) lock(t *testing.T, programs map[string]string) {
	t.Helper()
	lock := Lock{Plugins: map[string]Locked{}}
	for name, text := range programs {
		lock.Plugins[name] = Locked{Version: "1", Source: "here", Directory: "h1:" + strings.Repeat("A", 43) + "=",
			Manifest: SumOf(nil), Binaries: map[string]string{AnyPlatform: SumOf([]byte(text))}}
	}
	if err := lock.Write(p.Lock); err != nil {
		t.Fatal(err)
	}
}

// parity: A13
func TestEachFileIsToldWithItsState(t *testing.T) {
	p := places(t)
	p.write(t, Prefix+"good", "#!good", 0o755)
	p.write(t, Prefix+"changed", "#!changed", 0o755)
	p.write(t, Prefix+"free", "#!free", 0o755)
	p.write(t, Prefix+"text", "text", 0o644)
	p.write(t, Prefix+"open", "#!open", 0o775)
	p.write(t, Prefix+"Odd Name", "#!odd", 0o755)
	p.write(t, "README", "read me", 0o644)
	if err := errors.Join(os.Symlink("/bin/sh", filepath.Join(p.Directories[0], Prefix+"link")),
		os.Mkdir(filepath.Join(p.Directories[0], Prefix+"folder"), 0o755)); err != nil {
		t.Fatal(err)
	}
	p.lock(t, map[string]string{"good": "#!good", "changed": "#!before", "gone": "#!gone"})
	found, err := p.Find()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range found {
		f = f.Inspect(t.Context(), false)
		got[f.Name] = f.State.String() + ": " + f.Why
	}
	for name, want := range map[string]string{
		"good": "ok: ", "changed": "modified: its SHA-256 is", "free": "unlocked: araldo.lock.yaml does not name it",
		"text": "ignored: it is not executable", "open": "ignored: others can write to it", "Odd Name": "ignored: a plugin's name",
		"README": "ignored: its name does not begin with", "link": "ignored: it is no plain file, or a link",
		"folder": "unlocked: araldo.lock.yaml does not name it, so it is not started", "gone": "missing: install version 1 of it",
	} {
		if !strings.HasPrefix(got[name], want) {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	if len(got) != 10 {
		t.Errorf("got %v", got)
	}
}

func TestPackagesAreToldWithTheirState(t *testing.T) {
	const head = "name: echo\nversion: 1\nprotocol: 1\nids: [endpoint-echo]\n"
	for text, want := range map[string]string{
		head + "binaries: {any: echo}\n":                               "ok: ",
		head + "binaries: {plan9/arm: echo}\n":                         "wrong platform: it is for plan9/arm",
		"name: echo\nversion: 1\nprotocol: 2\nbinaries: {any: echo}\n": "ignored: it speaks version 2",
		"": "modified: " + ManifestName + " is not the one",
	} {
		p := places(t)
		dir := filepath.Join(p.Installed, Prefix+"echo", "1")
		there := text
		if text == "" {
			there = head + "binaries: {any: other}\n"
		}
		locked := Locked{Version: "1", Source: "here", Directory: "h1:" + strings.Repeat("A", 43) + "=", Manifest: SumOf([]byte(text)),
			Binaries: map[string]string{AnyPlatform: SumOf([]byte("\x7fELF"))}}
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "echo"), []byte("\x7fELF"), 0o755),
			os.WriteFile(filepath.Join(dir, ManifestName), []byte(there), 0o644),
			(&Lock{Plugins: map[string]Locked{"echo": locked}}).Write(p.Lock)); err != nil {
			t.Fatal(err)
		}
		found, err := p.Find()
		if err != nil || len(found) != 1 {
			t.Fatalf("%v, %v", found, err)
		}
		f := found[0].Inspect(t.Context(), false)
		if got := f.State.String() + ": " + f.Why; !strings.HasPrefix(got, want) || f.Runs != (want == "ok: ") {
			t.Errorf("got %q, runs %v, want %q", got, f.Runs, want)
		}
	}
}

// fault: B17
func TestOnlyTheOpenedFileIsVerified(t *testing.T) {
	p := places(t)
	path := p.write(t, Prefix+"echo", "#!good", 0o755)
	p.lock(t, map[string]string{"echo": "#!good"})
	program := Program{Name: "echo", Path: path, Lock: p.Lock}
	opened, err := program.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	other := p.write(t, "other", "#!evil", 0o755)
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	if err := program.Verify(t.Context(), opened); err != nil {
		t.Errorf("the opened file: %v", err)
	}
	swapped, err := program.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer swapped.Close()
	var unverified *UnverifiedError
	if err := program.Verify(t.Context(), swapped); !errors.As(err, &unverified) || unverified.State != StateModified {
		t.Errorf("the one that is there now: %v", err)
	}
}

func TestWhatOthersCouldChangeIsNotOpened(t *testing.T) {
	for name, spoil := range map[string]func(p Places, path string) error{
		"group-writable file":      func(_ Places, path string) error { return os.Chmod(path, 0o775) },
		"group-writable directory": func(p Places, _ string) error { return os.Chmod(p.Directories[0], 0o775) },
		"a link to it": func(_ Places, path string) error {
			return errors.Join(os.Rename(path, path+".moved"), os.Symlink(path+".moved", path))
		},
		"a linked directory": func(p Places, _ string) error {
			return errors.Join(os.Rename(p.Directories[0], p.Directories[0]+".moved"),
				os.Symlink(p.Directories[0]+".moved", p.Directories[0]))
		},
		"not executable": func(_ Places, path string) error { return os.Chmod(path, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			p := places(t)
			path := p.write(t, Prefix+"echo", "#!good", 0o755)
			if err := spoil(p, path); err != nil {
				t.Fatal(err)
			}
			if file, err := (Program{Name: "echo", Path: path, Lock: p.Lock}).Open(); err == nil {
				_ = file.Close()
				t.Error("it was opened")
			}
		})
	}
}

func TestADirectoryOfAnotherUserIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can give a directory away: the mode is tested elsewhere")
		return
	}
	p := places(t)
	if err := os.Chown(p.Directories[0], 12345, -1); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Find(); err == nil || !strings.Contains(err.Error(), "belongs to another user (12345)") {
		t.Errorf("error %v", err)
	}
}

func TestALockThatIsNoLockIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		"lock: 2\nplugins: {}\n":                 "lock: form 2 is not known, but 1: a newer araldo wrote it",
		"lock: 1\nplugins: {echo: {}}\n":         "plugin echo can't be verified",
		"lock: 1\nplugins: {../x: {}}\n":         "is no plugin's name",
		"lock: 1\nplugins: {a: {version: ..}}\n": "version",
		"plugins: {a: {binaries: {any: short}}}": "64 hexadecimal digits",
		"- a\n":                                  "the lock",
	} {
		p := places(t)
		if err := os.WriteFile(p.Lock, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Find(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one of %q", text, err, want)
		}
	}
}

func FuzzReadLock(f *testing.F) {
	f.Add([]byte("lock: 1\nplugins: {echo: {version: 1, binaries: {any: x}}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), LockName)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		lock, err := ReadLock(path)
		if err != nil {
			return
		}
		for name, locked := range lock.Plugins {
			if !ValidName(name) || !filepath.IsLocal(locked.Version) || filepath.Base(locked.Version) != locked.Version {
				t.Errorf("%q %q", name, locked.Version)
			}
		}
	})
}
