package host

import (
	"context"
	"fmt"
	"os"
	"runtime"
)

// File is the program of an external plugin, which may be another one after an upgrade.
type File interface {
	// File is where the executable lies now.
	File() (path string, err error)
	// Open opens it, or says why it must not be executed. It is called right before each start, by any goroutine, and the
	// opened file is what is executed, whatever its path names by then. ctx bounds it.
	Open(ctx context.Context) (*os.File, error)
}

// program is what one process is started from.
type program struct {
	// path is executed, and shown is what the process list has for it.
	path, shown string
	// file is open until the process runs, nil where path alone is known.
	file *os.File
	// stamp is that of the file, taken before the start: one that comes later is another one.
	stamp stamp
}

// program opens what is to be executed. /proc/self/exe stays this very program when its file is replaced by an upgrade.
func (s Spec) program(ctx context.Context) (p program, err error) {
	switch {
	case s.File != nil:
		return s.opened(ctx)
	case s.Path != "":
		return program{path: s.Path, shown: s.Path, stamp: stampOf(s.Path)}, nil
	}
	p.shown = "araldo-plugin-" + s.Name
	p.path, err = self()
	return p, err
}

// self is the path of this program.
func self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

func (s Spec) opened(ctx context.Context) (program, error) {
	file, err := s.File.Open(ctx)
	if err != nil {
		return program{}, err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return program{}, err
	}
	return program{path: executable(file), shown: file.Name(), file: file, stamp: stamp{info}}, nil
}

// executable is the path by which an opened file is executed. On Linux it is the file itself: the child has the
// descriptor until it executes. An interpreter opens its script again, so that one has its own path, as files have where
// the system can't execute descriptors.
func executable(file *os.File) string {
	var start [2]byte
	if _, err := file.ReadAt(start[:], 0); err != nil || string(start[:]) == "#!" || runtime.GOOS != "linux" {
		return file.Name()
	}
	return fmt.Sprintf("/proc/self/fd/%d", file.Fd())
}

// stamp is that of the file as it is now.
func (s Spec) stamp() stamp {
	if s.File == nil {
		return stampOf(s.Path)
	}
	path, err := s.File.File()
	if err != nil {
		return stamp{}
	}
	return stampOf(path)
}

func (p program) close() {
	if p.file != nil {
		_ = p.file.Close()
	}
}
