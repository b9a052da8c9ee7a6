package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/araldo-relay/araldo/core/programs"
)

// unpacker writes the files of a package below a root. It takes plain files and folders only, and no more than a package
// may hold: what is counted is what comes, not what an archive says of itself.
type unpacker struct {
	ctx  context.Context
	root *os.Root
	// entries and left are how many files and folders there are, and how many bytes there may still be.
	entries int
	left    int64
	moved   func(bytes int)
}

// folder makes a folder.
func (u *unpacker) folder(name string) error {
	name, err := u.admit(name)
	if err != nil || u.isFolder(name) {
		return err
	}
	if err := u.parents(name); err != nil {
		return err
	}
	return u.root.Mkdir(name, 0o755)
}

func (u *unpacker) isFolder(name string) bool {
	info, err := u.root.Lstat(name)
	return err == nil && info.IsDir()
}

// parents makes the folders that a name lies in. An archive need not name them, and each counts all the same.
func (u *unpacker) parents(name string) error {
	folder := path.Dir(name)
	if u.isFolder(folder) {
		return nil
	}
	if err := u.parents(folder); err != nil {
		return err
	}
	if err := u.count(); err != nil {
		return err
	}
	return u.root.Mkdir(folder, 0o755)
}

// file writes a file, which must not be there yet.
func (u *unpacker) file(name string, mode fs.FileMode, from io.Reader) (err error) {
	name, err = u.admit(name)
	if err != nil {
		return err
	}
	permissions := fs.FileMode(0o644)
	if mode&0o111 != 0 {
		permissions = 0o755
	}
	if err := u.parents(name); err != nil {
		return err
	}
	to, err := u.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, permissions)
	if errors.Is(err, fs.ErrExist) {
		return errors.New("it stands twice in the package")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	// The process's mask must not take away what others need to execute it.
	if err := to.Chmod(permissions); err != nil {
		return err
	}
	return u.copy(to, from)
}

// admit counts an entry and returns its name in one form.
func (u *unpacker) admit(name string) (string, error) {
	if u.ctx.Err() != nil {
		return "", u.ctx.Err()
	}
	if err := u.count(); err != nil {
		return "", err
	}
	return programs.CleanName(name)
}

func (u *unpacker) count() error {
	if u.entries++; u.entries > programs.MaxFiles {
		return fmt.Errorf("there are more than %d files and folders", programs.MaxFiles)
	}
	return nil
}

func (u *unpacker) copy(to io.Writer, from io.Reader) error {
	n, err := io.Copy(to, io.LimitReader(reading{u.ctx, from, u.moved}, u.left+1))
	if u.left -= n; err == nil && u.left < 0 {
		err = errTooLarge
	}
	return err
}

var errTooLarge = fmt.Errorf("there are more than %d MiB", programs.MaxBytes>>20)

// reading is a reader that ends with a context and tells how much it has read.
type reading struct {
	ctx   context.Context
	from  io.Reader
	moved func(bytes int)
}

func (r reading) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, r.ctx.Err()
	}
	n, err := r.from.Read(p)
	r.moved(n)
	return n, err
}
