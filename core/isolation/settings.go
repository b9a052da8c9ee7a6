package isolation

import (
	"path/filepath"
	"slices"
	"strings"
)

// Mode says what to do with the sandbox.
type Mode uint8

// The modes.
const (
	Off        Mode = iota // no sandbox
	BestEffort             // what the kernel offers, which may be nothing
	Enforce                // files and TCP ports at least, or the plugin does not start
)

var modeNames = []string{"off", "best-effort", "enforce"}

func (m Mode) String() string { return modeNames[m] }

// ParseMode is the opposite of Mode.String; a word that is none is Off.
func ParseMode(word string) Mode { return Mode(max(0, slices.Index(modeNames, word))) }

// Settings are what one process is kept to. The zero value leaves it as it is.
type Settings struct {
	Limits  Limits
	Sandbox Mode
	// Rules are what the sandbox lets through beside the system's own programs and libraries, the folder of the plugin's
	// program and a folder of its own for sockets and temporary files.
	Rules Rules
}

// Limits are kept by the operating system; 0: as the hub's own.
type Limits struct {
	// Memory in bytes, of all that the process could write to (RLIMIT_DATA), and the most that Go's collector lets a heap
	// grow to before it works for it.
	Memory int
	// OpenFiles is how many files and sockets it may have open at a time (RLIMIT_NOFILE).
	OpenFiles int
}

// Rules are what a process may reach.
type Rules struct {
	// Listen and Connect are TCP ports.
	Listen, Connect []int
	// Read and Write are absolute paths of files and of folders with all that is in them. Write lets read, too. What is not
	// there when the process starts is left out.
	Read, Write []string
	// Make are paths to write to that may be there or not: in the place of one that is not there the folder is let through
	// that it is to be made in, unless one of Guarded is in it or it is a folder of the system's.
	Make, Guarded []string
}

// Holds reports whether one of the paths lies in a folder or is it, wherever links lead.
func Holds(folder string, paths []string) bool {
	plain := resolved(folder)
	return slices.ContainsFunc(paths, func(path string) bool { return within(plain, resolved(path)) })
}

// resolved is a path without links, as far as it is there.
func resolved(path string) string {
	if plain, err := filepath.EvalSymlinks(path); err == nil {
		return plain
	}
	if folder := filepath.Dir(path); folder != path {
		return filepath.Join(resolved(folder), filepath.Base(path))
	}
	return path
}

// within reports whether a path is a folder or lies in it.
func within(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// Confines reports whether the settings ask for anything.
func (s Settings) Confines() bool { return s.Sandbox != Off || s.Limits != (Limits{}) }

// And is what either allows, sorted, each once.
func (r Rules) And(more Rules) Rules {
	return Rules{
		Listen: merged(r.Listen, more.Listen), Connect: merged(r.Connect, more.Connect),
		Read: merged(r.Read, more.Read), Write: merged(r.Write, more.Write),
		Make: merged(r.Make, more.Make), Guarded: merged(r.Guarded, more.Guarded),
	}
}

func merged[T int | string](a, b []T) []T {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
