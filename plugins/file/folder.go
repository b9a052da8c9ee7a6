package file

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// makeFolder makes the folder where it is missing, for this user alone.
func makeFolder(path string) error { return os.MkdirAll(path, 0o700) }

// holdFolder opens the folder and locks it against other writers, of this and of other processes, until it is closed or
// the process ends.
func holdFolder(path string) (*os.File, error) {
	folder, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return folder, nil
	}
	_ = folder.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s is being written to by another endpoint or hub", path)
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

// unlinked reports whether nobody can find the open segment any more: what is written to it would be gone.
func (w *writer) unlinked() bool {
	info, err := w.file.Stat()
	if err != nil {
		return true
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && stat.Nlink == 0
}
