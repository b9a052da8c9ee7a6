package control

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The files of the data directory that belong to this package.
const (
	lockName   = "araldo.lock"
	socketName = "araldo.sock"
)

// Lock is the right to run the hub of one data directory. The kernel takes it back when the process ends, however it
// ends; the file that a killed hub leaves behind holds nobody up.
type Lock struct {
	dir  string
	file *os.File
}

// HeldError says that another hub runs on the same data directory.
type HeldError struct {
	// Path of the lock file.
	Path string
	// PID of the holder, 0 where it has not written it yet.
	PID int
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another hub holds %s", e.Path)
	}
	return fmt.Sprintf("another hub (pid %d) holds %s", e.PID, e.Path)
}

// Acquire takes the lock of dataDir, which it makes (0700) where it is missing. It does not wait: a lock that is held
// is a *HeldError.
func Acquire(dataDir string) (*Lock, error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	path := filepath.Join(dataDir, lockName)
	for {
		file, err := lockFile(path)
		if err != nil {
			return nil, err
		}
		if file == nil {
			continue
		}
		if err := writePID(file); err != nil {
			return nil, errors.Join(fmt.Errorf("lock: %w", err), file.Close())
		}
		return &Lock{dataDir, file}, nil
	}
}

// lockFile opens and locks path. It returns nil where the holder removed the file between the two steps: a lock on a
// file that nobody finds any more is worth nothing.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	err = flock(file)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(&HeldError{path, holder(path)}, file.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	if !stillAt(path, file) {
		return nil, file.Close()
	}
	return file, nil
}

// flock takes the lock or fails at once; a signal that interrupts the call is no failure.
func flock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func stillAt(path string, file *os.File) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(path)
	return err == nil && os.SameFile(opened, found)
}

func writePID(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holder reads the pid in a lock file, 0 where there is none.
func holder(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// Release gives the lock back and removes its file. It is the last step of a hub's end.
func (l *Lock) Release() error {
	// Removed while it is still held, so that no other hub's file can be meant.
	return errors.Join(os.Remove(filepath.Join(l.dir, lockName)), l.file.Close())
}

const (
	// releaseTime is how long a hub may hold its lock after it closed its socket, releasePoll how often it is looked at.
	releaseTime = 5 * time.Second
	releasePoll = 5 * time.Millisecond
)

// awaitRelease returns when the hub pid, which has closed its socket, no longer holds the lock. It looks at the file and
// never takes the lock, which could get in a starting hub's way.
func awaitRelease(ctx context.Context, path string, pid int) error {
	ctx, cancel := context.WithTimeout(ctx, releaseTime)
	defer cancel()
	ticker := time.NewTicker(releasePoll)
	defer ticker.Stop()
	for holder(path) == pid {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the hub (pid %d) closed its socket and still holds %s", pid, path)
		case <-ticker.C:
		}
	}
	return nil
}
