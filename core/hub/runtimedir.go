package hub

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/araldo-relay/araldo/core/host"
)

const (
	// runtimePrefix begins the name of every runtime directory: plugins' sockets live there, in the system's temporary
	// directory, because a socket's path must be short and a data directory's may be long.
	runtimePrefix = "araldo-"
	// runtimeFile, in the data directory, names the runtime directory, for the next run to remove if this one is killed.
	runtimeFile = "runtime-dir"
)

// makeRuntimeDir makes a fresh runtime directory with mode 0700.
func makeRuntimeDir() (string, error) {
	dir, err := os.MkdirTemp("", runtimePrefix)
	if err != nil {
		return "", fmt.Errorf("runtime directory: %w", err)
	}
	if len(dir) > host.MaxRuntimeDir {
		return "", errors.Join(fmt.Errorf("runtime directory %s: the path has %d bytes and may have %d: let TMPDIR name a "+
			"directory with a shorter path", dir, len(dir), host.MaxRuntimeDir), removeRuntimeDir(dir))
	}
	return dir, nil
}

// replaceRuntimeDir removes the runtime directory that a killed run left behind and makes a fresh one. The caller
// holds the data directory's lock.
func replaceRuntimeDir(dataDir string) (string, error) {
	note := filepath.Join(dataDir, runtimeFile)
	if old, err := os.ReadFile(note); err == nil {
		if err := removeRuntimeDir(strings.TrimSpace(string(old))); err != nil {
			return "", fmt.Errorf("runtime directory of an earlier run: %w", err)
		}
	}
	dir, err := makeRuntimeDir()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(note, []byte(dir+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("runtime directory: %w", errors.Join(err, removeRuntimeDir(dir)))
	}
	return dir, nil
}

// removeRuntimeDir removes dir if it is a runtime directory: the note that names it is a file that could have been
// edited, so nothing else is ever removed.
func removeRuntimeDir(dir string) error {
	if filepath.Dir(dir) != filepath.Clean(os.TempDir()) || !strings.HasPrefix(filepath.Base(dir), runtimePrefix) {
		return nil
	}
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return nil
	}
	return os.RemoveAll(dir)
}
