package isolation

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Mark is the environment variable that makes a program which calls Main another one, confined. It is not passed on.
const Mark = "ARALDO_CONFINED"

// order is the value of Mark.
type order struct {
	Settings
	// Path of the program to become.
	Path string
	// Own is the process's folder, Program that of its program.
	Own, Program string
	// Report is the descriptor that the outcome is written to. It is closed when the process becomes the plugin.
	Report int
}

// Own are the variables, as NAME=value, that a process of these settings has other than the hub: its temporary folder is
// own, and Go's collector knows how much memory there is.
func (s Settings) Own(own string) []string {
	var env []string
	if s.Sandbox != Off {
		env = append(env, "TMPDIR="+own)
	}
	if heap := s.Limits.heap(); heap > 0 {
		env = append(env, fmt.Sprint("GOMEMLIMIT=", heap))
	}
	return env
}

// What Go's runtime maps of what RLIMIT_DATA counts: heap in whole arenas, and some beside it. Measured with the SDK: 97 MiB
// with the first arena.
const (
	goArena  = 64 << 20
	goBeside = 32 << 20
)

// heap is what Go's collector is to keep the heap to, so that it works before the kernel refuses another arena; 0 where not
// even one fits.
func (l Limits) heap() int {
	return max(0, l.Memory-goBeside) / goArena * (goArena / 8 * 7)
}

// Order is the variable, as NAME=value, that makes this program, started again, become the program at path, confined.
// folder holds the files of that program; own is a folder that it may write to. The outcome is written to the open
// descriptor report, see ReadOutcome.
func (s Settings) Order(path, folder, own string, report int) string {
	// Numbers, texts and lists of them can always be written.
	text, _ := json.Marshal(order{Settings: s, Path: path, Program: folder, Own: own, Report: report})
	return Mark + "=" + string(text)
}

// Main must be called before anything else in a program that hosts confined plugins. Where Mark is set it does not return:
// the process becomes the plugin, or ends with 126 after it told why. Else it does nothing.
func Main() {
	text := os.Getenv(Mark)
	if text == "" {
		return
	}
	var o order
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		err = o.enter()
	}
	fmt.Fprintf(os.Stderr, "araldo: error: %v\n", err)
	os.Exit(126)
}

// enter returns only where it fails.
func (o order) enter() error {
	for fd := 3; fd <= o.Report; fd++ { // the report, and before it the program itself where that is an open file
		syscall.CloseOnExec(fd)
	}
	out := os.NewFile(uintptr(o.Report), "report")
	said := report{Outcome: Outcome{Confined: true, Mode: o.Sandbox, Limits: o.Limits}}
	err := o.restrict(&said.Outcome)
	if err == nil {
		err = o.Limits.set()
	}
	// The report of a success stands even where execve then fails: a second one says so.
	if err == nil {
		if err = json.NewEncoder(out).Encode(said); err != nil {
			return fmt.Errorf("tell the hub: %w", err)
		}
		err = syscall.Exec(o.Path, os.Args, without(os.Environ(), Mark))
		err = &os.PathError{Op: "exec", Path: os.Args[0], Err: err}
	}
	said.Error = err.Error()
	_ = json.NewEncoder(out).Encode(said) // the hub may be gone; the exit code tells the rest
	return err
}

func without(env []string, name string) []string {
	return slices.DeleteFunc(env, func(one string) bool { return strings.HasPrefix(one, name+"=") })
}

// set puts the limits on this process, as hard ones: what it becomes can't raise them.
func (l Limits) set() error {
	for _, one := range []struct {
		name     string
		resource int
		value    int
	}{
		{"memory", syscall.RLIMIT_DATA, l.Memory},
		{"open-files", syscall.RLIMIT_NOFILE, l.OpenFiles},
	} {
		if one.value == 0 {
			continue
		}
		limit := syscall.Rlimit{Cur: uint64(one.value), Max: uint64(one.value)}
		if err := syscall.Setrlimit(one.resource, &limit); err != nil {
			return fmt.Errorf("limits: %s: %d can't be set: %w", one.name, one.value, err)
		}
	}
	return nil
}
