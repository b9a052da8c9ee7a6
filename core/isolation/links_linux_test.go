package isolation

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/landlock-lsm/go-landlock/landlock"
)

// A plugin that ran before can have put a link wherever it may write: the next one must not be let through to where it
// leads.
func TestALinkThatThePluginMayHaveMadeLetsNothingThrough(t *testing.T) {
	secret := newPlace(t)
	for name, rules := range map[string]func(folder, link string) Rules{
		"to read":  func(folder, link string) Rules { return Rules{Write: []string{folder}, Read: []string{link}} },
		"to write": func(folder, link string) Rules { return Rules{Write: []string{folder, link}} },
		"to make":  func(_, link string) Rules { return Rules{Make: []string{link}} },
		"behind it": func(folder, link string) Rules {
			return Rules{Write: []string{folder}, Read: []string{filepath.Join(link, "file")}}
		},
	} {
		folder := t.TempDir()
		link := filepath.Join(folder, "link")
		if err := os.Symlink(secret.folder, link); err != nil {
			t.Fatal(err)
		}
		r := confined(t, Settings{Sandbox: BestEffort, Rules: rules(folder, link)}, nil, "read "+secret.file)
		if r.lines[0] == "ok" || r.err == nil || !strings.Contains(r.err.Error(), link) || !strings.Contains(r.err.Error(), folder) {
			t.Errorf("%s: it says %q, error %v", name, r.lines, r.err)
		}
	}
}

// What an operator made leads where it leads: outside of what the plugin may write to, and within it.
func TestOtherLinksAreFollowed(t *testing.T) {
	there, folder, outside := newPlace(t), t.TempDir(), filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.Symlink(there.folder, outside), os.Symlink("data", filepath.Join(folder, "key.pem")),
		os.WriteFile(filepath.Join(folder, "data"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	r := confined(t, Settings{Sandbox: BestEffort, Rules: Rules{
		Read: []string{outside}, Make: []string{filepath.Join(folder, "key.pem")},
	}}, nil, "read "+there.file, "write "+filepath.Join(folder, "key.pem"))
	if r.err != nil || strings.Join(r.lines, " ") != "ok ok" {
		t.Errorf("%v %q", r.err, r.lines)
	}
}

// What is not there needs no rule. Any other failure must not leave one out in silence: the program would be denied what its
// configuration lets it have, and nobody would know why.
func TestARuleThatCantBeMadeIsAnError(t *testing.T) {
	here := newPlace(t)
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
	full := syscall.Rlimit{Cur: 3, Max: usual.Max}
	var there, missing reach
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &full); err != nil {
		t.Fatal(err)
	}
	there.allow(here.file, landlock.RODirs, landlock.ROFiles)
	err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &usual)
	missing.allow(filepath.Join(here.folder, "missing"), landlock.RODirs, landlock.ROFiles)
	if err != nil || !errors.Is(there.err, syscall.EMFILE) || !strings.Contains(there.err.Error(), here.file) {
		t.Errorf("%v, %v; want %v", err, there.err, syscall.EMFILE)
	}
	if missing.err != nil || len(missing.list) > 0 {
		t.Errorf("missing: %v, %v", missing.err, missing.list)
	}
}
