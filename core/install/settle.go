package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/programs"
)

// settle moves a package from the stage to its place and writes the lock, which makes it count.
func (i *Installer) settle(ctx context.Context, p unpacked, upgrade bool) (Result, error) {
	lock, err := programs.ReadLock(i.Places.Lock)
	if err == nil {
		err = i.conflict(p.Manifest)
	}
	if err != nil {
		return Result{}, err
	}
	was, known := lock.Plugins[p.Name]
	if err := allowed(p, was, known, upgrade); err != nil {
		return Result{}, err
	}
	folder := filepath.Join(i.Places.Installed, programs.Prefix+p.Name)
	r := Result{Manifest: p.Manifest, Before: was.Version, Path: filepath.Join(folder, p.Version)}
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if was.Version == p.Version && i.intact(ctx, p.Name, folder) {
		return r, nil
	}
	undo, err := move(p, folder, r.Path)
	if err != nil {
		return r, err
	}
	if !known || was.Version != p.Version {
		lock.Plugins[p.Name] = p.locked
		err = lock.Write(i.Places.Lock)
	}
	if err != nil {
		return r, errors.Join(err, undo())
	}
	return r, prune(folder, p.Version, was.Version)
}

// intact reports whether what the lock names lies in its place as it was installed.
func (i *Installer) intact(ctx context.Context, name, folder string) bool {
	program := programs.Program{Name: name, Path: folder, Packaged: true, Lock: i.Places.Lock}
	return programs.Found{Program: program, Runs: true}.Inspect(ctx, true).State == programs.StateOK
}

// allowed says why the lock does not let a package in.
func allowed(p unpacked, was programs.Locked, known, upgrade bool) error {
	switch {
	case upgrade && !known:
		return fmt.Errorf("plugin %s: %w", p.Name, ErrNotInstalled)
	case known && !upgrade && was.Version != p.Version:
		return fmt.Errorf("plugin %s: version %s %w, the package has %s", p.Name, was.Version, ErrInstalled, p.Version)
	case known && was.Version == p.Version && was.Directory != p.locked.Directory:
		return fmt.Errorf("plugin %s: version %s %w, with other files: give what has changed another version, or remove it first",
			p.Name, was.Version, ErrInstalled)
	}
	return nil
}

// ErrInstalled and ErrNotInstalled say that install or upgrade would have been the right one.
var (
	ErrInstalled    = errors.New("is installed")
	ErrNotInstalled = errors.New("it is not installed")
)

// move renames the package to its place. What lies there, which no lock named or which was changed, goes to the stage and
// with it. undo takes the package away again.
func move(p unpacked, folder, path string) (undo func() error, err error) {
	if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	undo = func() error {
		err := os.RemoveAll(path)
		_ = os.Remove(folder) // it stays where it has another version
		return err
	}
	err = os.Rename(path, p.dir+".before")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = os.Rename(p.dir, path)
	}
	if err != nil {
		return nil, errors.Join(err, undo())
	}
	return undo, nil
}

// prune removes all versions but those.
func prune(folder string, keep ...string) error {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		if !slices.Contains(keep, entry.Name()) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
		}
	}
	return err
}

// UnknownError says that no plugin of that name is installed.
type UnknownError struct{ Name, Nearest string }

func (e *UnknownError) Error() string { return fmt.Sprintf("no plugin %q is installed", e.Name) }

// Remove takes a plugin out of the lock, then its files away. A process of it that runs goes on until it ends.
func (i *Installer) Remove(name string) error {
	release, err := i.exclusive()
	if err != nil {
		return err
	}
	defer release()
	lock, err := programs.ReadLock(i.Places.Lock)
	if err != nil {
		return err
	}
	if _, known := lock.Plugins[name]; !known {
		return &UnknownError{name, core.Nearest(name, slices.Sorted(maps.Keys(lock.Plugins)))}
	}
	delete(lock.Plugins, name)
	if err := lock.Write(i.Places.Lock); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(i.Places.Installed, programs.Prefix+name))
}
