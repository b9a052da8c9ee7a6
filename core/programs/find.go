package programs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// State is what can be said of a file in a plugin directory without executing it.
type State uint8

// The states.
const (
	// StateOK: it is what was installed.
	StateOK State = iota + 1
	// StateModified: it is not.
	StateModified
	// StateMissing: the lock names it and it is not there.
	StateMissing
	// StateUnlocked: the lock does not name it.
	StateUnlocked
	// StateWrongPlatform: it has no program for this system.
	StateWrongPlatform
	// StateIgnored: it is not looked at, for the reason told.
	StateIgnored
)

func (s State) String() string {
	return [...]string{"", "ok", "modified", "missing", "unlocked", "wrong platform", "ignored"}[min(s, StateIgnored)]
}

// Places are where the external plugins of a configuration lie.
type Places struct {
	// Directories are those of `plugin-dirs`.
	Directories []string
	// Installed is where `araldo plugins install` puts packages. It need not be there.
	Installed string
	// Lock is the path of the lock, which need not be there either.
	Lock string
}

// Found is one thing in a plugin directory, or one that the lock names.
type Found struct {
	Program
	State State
	// Why is the reason of a State that is not StateOK.
	Why string
	// Manifest is nil where there is none to believe.
	Manifest *Manifest
	// Runs: it would be started if a configuration used one of its ids. Until Inspect, its State is not known.
	Runs bool
}

// Find lists what lies in the directories, in their order, without reading programs. A directory that is not there
// offers nothing; one that programs must not be started from is an error.
func (p Places) Find() ([]Found, error) {
	lock, err := ReadLock(p.Lock)
	if err != nil {
		return nil, err
	}
	var all []Found
	for _, dir := range p.all() {
		err := CheckDirectory(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("plugin directory: %w", err)
		}
		for _, entry := range entries {
			all = append(all, p.look(lock, filepath.Join(dir, entry.Name())))
		}
	}
	return append(all, p.missing(lock, all)...), nil
}

func (p Places) all() []string {
	dirs := slices.Clone(p.Directories)
	if p.Installed != "" && !slices.Contains(dirs, p.Installed) {
		dirs = append(dirs, p.Installed)
	}
	return dirs
}

// missing are the plugins that the lock names and that were not found.
func (p Places) missing(lock *Lock, found []Found) []Found {
	var list []Found
	for _, name := range slices.Sorted(maps.Keys(lock.Plugins)) {
		if slices.ContainsFunc(found, func(f Found) bool { return f.Name == name && (f.Packaged || f.Runs) }) {
			continue
		}
		of := Program{Name: name, Path: filepath.Join(p.Installed, Prefix+name), Packaged: true, Lock: p.Lock}
		list = append(list, Found{Program: of, State: StateMissing, Why: "install version " + lock.Plugins[name].Version + " of it"})
	}
	return list
}

// look says what one file or folder is.
func (p Places) look(lock *Lock, path string) Found {
	base := filepath.Base(path)
	name, is := strings.CutPrefix(base, Prefix)
	found := Found{Program: Program{Name: name, Path: path, Lock: p.Lock}, State: StateIgnored}
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		found.Why = err.Error()
	case strings.HasPrefix(base, Stage):
		found.Name, found.Why = base, "left by an installation that did not end"
	case !is:
		found.Name, found.Why = base, "its name does not begin with "+Prefix
	case !ValidName(name):
		found.Why = "a plugin's name has 1 to 63 of the characters a-z 0-9 _ -"
	case info.IsDir():
		found.Packaged = true
		return found.lookInto(lock)
	case !info.Mode().IsRegular():
		found.Why = "it is no plain file, or a link"
	case info.Mode().Perm()&0o111 == 0:
		found.Why = "it is not executable"
	case foreign(info) != "":
		found.Why = foreign(info)
	default:
		found.Runs, found.State = true, 0
		if _, locked := lock.Plugins[name]; !locked {
			found.State, found.Why = StateUnlocked, LockName+" does not name it"
		}
	}
	return found
}

// Stage begins the names of folders in which an installation prepares what it then moves.
const Stage = ".stage-"

// lookInto says what a package's folder is.
func (f Found) lookInto(lock *Lock) Found {
	locked, named := lock.Plugins[f.Name]
	if !named {
		f.State, f.Why = StateUnlocked, LockName+" does not name it, so it is not started: install it"
		return f
	}
	if _, err := os.Lstat(filepath.Join(f.Path, locked.Version)); errors.Is(err, fs.ErrNotExist) {
		f.State, f.Why = StateMissing, "install version "+locked.Version+" of it"
		return f
	}
	m, err := f.manifest(locked)
	if err != nil {
		return f.refused(err)
	}
	f.Manifest = m
	switch _, here := m.Binary(Platform()); {
	case !here:
		f.State, f.Why = StateWrongPlatform, "it is for "+strings.Join(slices.Sorted(maps.Keys(m.Binaries)), ", ")
	case m.Protocol != Protocol:
		f.State, f.Why = StateIgnored, fmt.Sprintf("it speaks version %d of the protocol, this hub %d", m.Protocol, Protocol)
	default:
		f.Runs, f.State = true, 0
	}
	return f
}

// Inspect finds the State of what Runs, by reading its program; with thorough, of a package all files.
func (f Found) Inspect(ctx context.Context, thorough bool) Found {
	if !f.Runs || f.State != 0 {
		return f
	}
	if err := f.compare(ctx, thorough); err != nil {
		return f.refused(err)
	}
	f.State = StateOK
	return f
}

// refused takes the State from an error.
func (f Found) refused(err error) Found {
	f.State, f.Why = StateIgnored, err.Error()
	if unverified, is := errors.AsType[*UnverifiedError](err); is {
		f.State, f.Why = unverified.State, unverified.Why
	}
	return f
}

func (f Found) compare(ctx context.Context, thorough bool) error {
	file, err := f.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	if err := f.Verify(ctx, file); err != nil || !thorough || !f.Packaged {
		return err
	}
	locked, err := f.locked()
	if err != nil {
		return err
	}
	return f.verifyFolder(ctx, locked)
}
