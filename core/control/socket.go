package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// maxSocketPath leaves room, within the 104 bytes that the strictest system has for a socket's path, for the longer
// name under which the socket is made.
const maxSocketPath = 100

// SocketPath is where the hub of dataDir listens. A path that is too long for a socket is an error.
func SocketPath(dataDir string) (string, error) {
	path := filepath.Join(dataDir, socketName)
	if len(path) > maxSocketPath {
		return "", fmt.Errorf("control socket %s: the path has %d bytes and a socket's may have %d: choose a shorter data-dir",
			path, len(path), maxSocketPath)
	}
	return path, nil
}

// listen makes the socket in a directory that only this user can enter and moves it to its place when its mode is
// right, so that nobody else can connect at any moment. The move also replaces what a killed hub left behind; the
// lock says that no living one uses it.
func listen(dataDir string) (*net.UnixListener, string, error) {
	path, err := SocketPath(dataDir)
	if err != nil {
		return nil, "", err
	}
	if found, err := os.Lstat(path); err == nil && found.Mode().Type() != fs.ModeSocket {
		return nil, "", fmt.Errorf("control socket %s: something that is no socket is in its place", path)
	}
	private, err := os.MkdirTemp(dataDir, ".s")
	if err != nil {
		return nil, "", fmt.Errorf("control socket: %w", err)
	}
	listener, err := listenAt(filepath.Join(private, "s"), path)
	if err = errors.Join(err, os.RemoveAll(private)); err != nil {
		return nil, "", fmt.Errorf("control socket: %w", err)
	}
	return listener, path, nil
}

// listenAt listens at made and moves the socket to path.
func listenAt(made, path string) (*net.UnixListener, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}
