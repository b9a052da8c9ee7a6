package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/araldo-relay/araldo/core/programs"
	"github.com/araldo-relay/araldo/core/replace"
)

// Installer puts packages into Places.Installed and names them in Places.Lock. Its methods may be called by any
// goroutine of any process: one of them works at a time, and another is refused meanwhile.
type Installer struct {
	Places programs.Places
	// Taken are the ids that plugins may not offer, with who offers them.
	Taken map[string]string
	// Transport downloads; nil: nothing can be downloaded.
	Transport http.RoundTripper
	// Progress, if set, is told of work that may take long: what it is and of how many bytes, -1 where that is not known.
	// What it returns is called with the bytes that were moved, often.
	Progress func(what string, bytes int64) (moved func(bytes int))
}

// Result is what an installation did.
type Result struct {
	*programs.Manifest
	// Before is the version that was there before, empty where there was none. It is Version where nothing has changed.
	Before string
	// Path is where the version lies.
	Path string
}

// ErrBusy says that another installation is under way.
var ErrBusy = errors.New("another installation is under way")

// Install installs a plugin that is not there yet. Where the lock names this very package already, it is put to its place
// again if anything of it is missing or changed. When ctx ends, nothing of it is left.
func (i *Installer) Install(ctx context.Context, s Source) (Result, error) {
	return i.bring(ctx, s, false)
}

// Upgrade puts another version into the place of an installed plugin. A process that runs goes on as it is until it is
// restarted; the files of the version before stay until the next upgrade. When ctx ends, all is as it was.
func (i *Installer) Upgrade(ctx context.Context, s Source) (Result, error) {
	return i.bring(ctx, s, true)
}

func (i *Installer) bring(ctx context.Context, s Source, upgrade bool) (r Result, err error) {
	release, err := i.exclusive()
	if err != nil {
		return r, err
	}
	defer release()
	clear, err := i.prepare()
	defer func() { clear(err == nil) }()
	if err != nil {
		return r, err
	}
	stage, err := os.MkdirTemp(i.Places.Installed, programs.Stage)
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(stage)
	p, err := i.stagePackage(ctx, s, stage)
	if err != nil {
		return r, err
	}
	return i.settle(ctx, p, upgrade)
}

// exclusive keeps other installations out until release. The kernel takes the right back however the process ends.
func (i *Installer) exclusive() (release func(), err error) {
	dir, err := os.Open(filepath.Dir(i.Places.Lock))
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrBusy
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", dir.Name(), err), dir.Close())
	}
	return func() { _ = dir.Close() }, nil
}

// prepare makes the folder of packages, where it is missing, and removes what an installation left that was killed.
// clear removes the folders that were made, unless they are to stay.
func (i *Installer) prepare() (clear func(keep bool), err error) {
	var made []string
	clear = func(keep bool) {
		for n := len(made) - 1; n >= 0 && !keep; n-- {
			_ = os.Remove(made[n])
		}
	}
	data := filepath.Dir(i.Places.Installed)
	if err := os.MkdirAll(filepath.Dir(data), 0o755); err != nil {
		return clear, err
	}
	if err := errors.Join(makeDir(data, 0o700, &made), makeDir(i.Places.Installed, 0o755, &made)); err != nil {
		return clear, err
	}
	if err := programs.CheckDirectory(i.Places.Installed); err != nil {
		return clear, err
	}
	return clear, errors.Join(i.removeLeft(), replace.RemoveUnfinished(i.Places.Lock))
}

func makeDir(dir string, mode fs.FileMode, made *[]string) error {
	err := os.Mkdir(dir, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		*made = append(*made, dir)
		err = os.Chmod(dir, mode) // a mask may not make it open to others, nor closed to us
	}
	return err
}

func (i *Installer) removeLeft() error {
	entries, err := os.ReadDir(i.Places.Installed)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), programs.Stage) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(i.Places.Installed, entry.Name())))
		}
	}
	return err
}

func (i *Installer) progress(what string, bytes int64) func(int) {
	if i.Progress == nil {
		return func(int) {}
	}
	return i.Progress(what, bytes)
}
