package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

func TestARelease(t *testing.T) {
	maker := newMaker(t)
	out := t.TempDir()
	names := maker.release(out)
	if len(names) != 3 || names[2] != sumsName {
		t.Fatalf("it consists of %q", names)
	}
	check := exec.Command("sha256sum", "--check", "--strict", sumsName)
	check.Dir = out
	if said, err := check.CombinedOutput(); err != nil || bytes.Count(said, []byte(": OK")) != 2 {
		t.Errorf("%v: %s", err, said)
	}
	for i, p := range platforms {
		folder := unpacked(t, filepath.Join(out, names[i]))
		program := filepath.Join(folder, "araldo")
		checkStatic(t, p, program)
		record := checkRecord(t, p, program, names[i])
		if head := maker.head(); setting(record, "vcs.revision") != head {
			t.Errorf("%s: it is of commit %s, want %s", p, setting(record, "vcs.revision"), head)
		}
		checkNotices(t, p, record, filepath.Join(folder, "NOTICES"))
		// Only the machine's own can be run here.
		if p.processor == runtime.GOARCH {
			checkVersion(t, program, record.Main.Version)
		}
	}
	t.Setenv("TMPDIR", t.TempDir())
	again := t.TempDir()
	maker.release(again)
	if first, second := read(t, filepath.Join(out, sumsName)), read(t, filepath.Join(again, sumsName)); first != second {
		t.Errorf("the same commit gave\n%sand then\n%s", first, second)
	}
}

// maker runs this program, built without the race detector, in a clone: the commit stays what it is while others work.
type maker struct {
	t             *testing.T
	program, tree string
}

func newMaker(t *testing.T) maker {
	t.Helper()
	m := maker{t, filepath.Join(t.TempDir(), "release"), filepath.Join(t.TempDir(), "tree")}
	m.run(root, "git", "clone", "--quiet", "--shared", ".", m.tree)
	m.run(root, "go", "build", "-o", m.program, "./.ci/release")
	return m
}

func (m maker) run(dir, name string, args ...string) string {
	m.t.Helper()
	said, err := output(dir, nil, name, args...)
	if err != nil {
		m.t.Fatal(err)
	}
	return said
}

func (m maker) head() string {
	m.t.Helper()
	return m.run(m.tree, "git", "rev-parse", "HEAD")
}

// release makes one and returns the names of its files.
func (m maker) release(out string) []string {
	m.t.Helper()
	var names []string
	for _, path := range strings.Fields(m.run(m.tree, m.program, "-out", out)) {
		names = append(names, filepath.Base(path))
	}
	return names
}

// unpacked is the folder of the archive's name that holds all that the archive does.
func unpacked(t *testing.T, archive string) string {
	t.Helper()
	into, folder := t.TempDir(), strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
	listed, err := output(into, nil, "tar", "-xvvzf", archive, "--numeric-owner")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(listed) {
		fields := strings.Fields(line)
		name := fields[len(fields)-1]
		if !strings.HasPrefix(name, folder+"/") || fields[1] != "0/0" || strings.Contains(fields[0][4:], "w") {
			t.Errorf("%s holds %s", archive, line)
		}
	}
	for name, holds := range map[string]string{"LICENSE": "Apache License", "araldo.service": "[Service]", "NOTICES": "\nmodule std\n"} {
		if !strings.Contains(read(t, filepath.Join(into, folder, name)), holds) {
			t.Errorf("%s: %s lacks %q", archive, name, holds)
		}
	}
	return filepath.Join(into, folder)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// checkStatic wants a program for the platform that needs no loader and no library.
func checkStatic(t *testing.T, p platform, program string) {
	t.Helper()
	in, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	libraries, err := in.ImportedLibraries()
	if len(libraries) > 0 || err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Errorf("%s: it needs %v: %v", p, libraries, err)
	}
	loader := func(part *elf.Prog) bool { return part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC }
	if in.Machine != machines[p.processor] || slices.ContainsFunc(in.Progs, loader) {
		t.Errorf("%s: it is for %s, or not static", p, in.Machine)
	}
}

// checkRecord wants a build that depends on the commit alone, and the version in the archive's name.
func checkRecord(t *testing.T, p platform, program, archive string) *buildinfo.BuildInfo {
	t.Helper()
	record, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"vcs.modified": "false", "-trimpath": "true", "CGO_ENABLED": "0", "GOARCH": p.processor} {
		if got := setting(record, key); got != want {
			t.Errorf("%s: built with %s=%q", p, key, got)
		}
	}
	if want := "araldo-" + record.Main.Version + "-" + p.system + "-" + p.processor + ".tar.gz"; archive != want {
		t.Errorf("%s is called %s", want, archive)
	}
	if !regexp.MustCompile(`^v\d+\.\d+\.\d+`).MatchString(record.Main.Version) {
		t.Errorf("%s: the version is %q", p, record.Main.Version)
	}
	return record
}

func setting(record *buildinfo.BuildInfo, key string) string {
	for _, s := range record.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// checkNotices wants the licence of every module that this platform's program is made of.
func checkNotices(t *testing.T, p platform, record *buildinfo.BuildInfo, path string) {
	t.Helper()
	notices := read(t, path)
	if len(record.Deps) < 10 {
		t.Errorf("%s: %d modules", p, len(record.Deps))
	}
	for _, m := range record.Deps {
		if !strings.Contains(notices, "\nmodule "+m.Path+" "+m.Version+"\n") {
			t.Errorf("%s: NOTICES lacks %s %s", p, m.Path, m.Version)
		}
	}
}

func checkVersion(t *testing.T, program, want string) {
	t.Helper()
	said, err := exec.Command(program, "version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(said), "araldo "+want+" (go") {
		t.Errorf("%v: %s, want %s", err, said, want)
	}
}

func TestOnlyAnEarlierReleaseIsRemoved(t *testing.T) {
	out := t.TempDir()
	for _, name := range []string{"araldo-v0.0.1-linux-amd64.tar.gz", sumsName, "mine"} {
		if err := os.WriteFile(filepath.Join(out, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := empty(out); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(out)
	if err != nil || len(left) != 1 || left[0].Name() != "mine" {
		t.Errorf("%v: %v is left", err, left)
	}
}
