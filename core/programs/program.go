package programs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Prefix begins the name of every external plugin's file, and of every package's folder.
const Prefix = "araldo-plugin-"

// Program is an external plugin as it lies in a plugin directory. Two are equal if they are the same one.
type Program struct {
	Name string
	// Path of the executable, or of the folder that holds the versions of a package.
	Path     string
	Packaged bool
	// Lock is the path of the lock that it is verified by.
	Lock string
}

// UnverifiedError says that a program is not the one that was installed, or that no lock says which one was.
type UnverifiedError struct {
	// State is StateModified or StateUnlocked.
	State State
	Name  string
	Path  string
	Why   string
}

func (e *UnverifiedError) Error() string { return fmt.Sprintf("%s is %v: %s", e.Path, e.State, e.Why) }

// File is where the executable lies now: that of a package changes with its version.
func (p Program) File() (string, error) {
	if !p.Packaged {
		return p.Path, nil
	}
	locked, err := p.locked()
	if err != nil {
		return "", err
	}
	m, err := p.manifest(locked)
	if err != nil {
		return "", err
	}
	binary, found := m.Binary(Platform())
	if !found {
		return "", fmt.Errorf("%s has no program for %s", p.Path, Platform())
	}
	return filepath.Join(p.Path, locked.Version, filepath.FromSlash(binary)), nil
}

// Open opens the executable. Nothing that others could change is opened, and no link. Who executes it must Verify the
// opened file and execute that, not what the path names by then.
func (p Program) Open() (*os.File, error) {
	if err := CheckDirectory(filepath.Dir(p.Path)); err != nil {
		return nil, err
	}
	path, err := p.File()
	if err != nil {
		return nil, err
	}
	for dir := filepath.Dir(path); p.Packaged && dir != filepath.Dir(p.Path); dir = filepath.Dir(dir) {
		if err := CheckDirectory(dir); err != nil {
			return nil, err
		}
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if why := unfit(file); why != "" {
		return nil, errors.Join(fmt.Errorf("%s: %s", path, why), file.Close())
	}
	return file, nil
}

// unfit says why an opened file can't be executed here.
func unfit(file *os.File) string {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err.Error()
	case !info.Mode().IsRegular():
		return "it is no plain file"
	case info.Mode().Perm()&0o111 == 0:
		return "it is not executable"
	}
	return foreign(info)
}

// Verify compares an opened executable with the lock: its sum, and where it is a script, whose interpreter reads further
// files, the hash of the whole package. The error is *UnverifiedError where they differ or where the lock does not name
// it.
func (p Program) Verify(ctx context.Context, file *os.File) error {
	locked, err := p.locked()
	if err != nil {
		return err
	}
	sum, err := Sum(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Name(), err)
	}
	want, known := locked.Binary(Platform())
	switch {
	case !known:
		return p.unverified(StateModified, fmt.Sprintf("%s knows of no program of it for %s", LockName, Platform()))
	case sum != want:
		return p.unverified(StateModified, fmt.Sprintf("its SHA-256 is %s, %s has %s", sum, LockName, want))
	case p.Packaged && IsScript(file):
		return p.verifyFolder(ctx, locked)
	}
	return nil
}

// verifyFolder compares all files of the package with the lock.
func (p Program) verifyFolder(ctx context.Context, locked Locked) error {
	root, err := os.OpenRoot(filepath.Join(p.Path, locked.Version))
	if err != nil {
		return err
	}
	defer root.Close()
	hash, err := DirectoryHash(ctx, root)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return p.unverified(StateModified, err.Error())
	case hash != locked.Directory:
		return p.unverified(StateModified, fmt.Sprintf("the hash of its files is %s, %s has %s", hash, LockName, locked.Directory))
	}
	return nil
}

func (p Program) unverified(state State, why string) error {
	return &UnverifiedError{State: state, Name: p.Name, Path: p.Path, Why: why}
}

// locked is what the lock says of the program.
func (p Program) locked() (Locked, error) {
	lock, err := ReadLock(p.Lock)
	if err != nil {
		return Locked{}, err
	}
	locked, found := lock.Plugins[p.Name]
	if !found {
		return Locked{}, p.unverified(StateUnlocked, LockName+" does not name it")
	}
	return locked, nil
}

// Manifest is what a package says of itself, as the lock knows it; nil without an error where the program is no package.
func (p Program) Manifest() (*Manifest, error) {
	if !p.Packaged {
		return nil, nil
	}
	locked, err := p.locked()
	if err != nil {
		return nil, err
	}
	return p.manifest(locked)
}

// manifest reads the manifest of the locked version. One that was changed is not believed, whatever verify says: it
// names the file that is executed and what that may touch.
func (p Program) manifest(locked Locked) (*Manifest, error) {
	path := filepath.Join(p.Path, locked.Version, ManifestName)
	text, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: the lock names version %s of it", filepath.Dir(path), locked.Version)
	}
	if err != nil {
		return nil, err
	}
	if SumOf(text) != locked.Manifest {
		return nil, p.unverified(StateModified, ManifestName+" is not the one that was installed")
	}
	return ParseManifest(path, text)
}

// IsScript reports whether an executable is read by an interpreter that its first line names.
func IsScript(file *os.File) bool {
	var start [2]byte
	_, err := file.ReadAt(start[:], 0)
	return err == nil && string(start[:]) == "#!"
}
