package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// maxBody is far above any command but send.
const maxBody = 64 << 10

// bounds are how long things may take.
type bounds struct {
	// request is for reading a request, answer for writing an answer, idle for a silent connection, and closing for
	// running commands to return when the server ends.
	request, answer, idle, closing time.Duration
}

var usualBounds = bounds{request: 5 * time.Second, answer: 10 * time.Second, idle: 30 * time.Second, closing: 2 * time.Second}

// Server answers at the control socket until Close.
type Server struct {
	hub    Hub
	path   string
	token  string
	bounds bounds
	http   *http.Server
	cancel context.CancelFunc
	served chan error
}

// Serve opens the control socket in the lock's data directory. The socket is there and answers when Serve returns.
func Serve(lock *Lock, hub Hub, log *slog.Logger) (*Server, error) {
	return serve(lock, hub, log, usualBounds)
}

func serve(lock *Lock, hub Hub, log *slog.Logger, bounds bounds) (*Server, error) {
	token, err := newToken(lock.dir)
	if err != nil {
		return nil, err
	}
	listener, path, err := listen(lock.dir)
	if err != nil {
		return nil, errors.Join(err, os.Remove(filepath.Join(lock.dir, tokenName)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{hub: hub, path: path, token: token, bounds: bounds, cancel: cancel, served: make(chan error, 1)}
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: bounds.request,
		ReadTimeout:       bounds.request,
		IdleTimeout:       bounds.idle,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, peerKey{}, checkPeer(conn))
		},
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// Path is the socket's.
func (s *Server) Path() string { return s.path }

// Close removes the socket and the token, ends running commands by their contexts and returns when they have returned, after two
// seconds at the latest. Those who wait in Client.Stop learn of it.
func (s *Server) Close() error {
	var failed error
	for _, path := range []string{s.path, filepath.Join(filepath.Dir(s.path), tokenName)} {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), s.bounds.closing)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		failed = errors.Join(failed, s.http.Close())
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		failed = errors.Join(failed, served)
	}
	if failed != nil {
		return fmt.Errorf("control socket: %w", failed)
	}
	return nil
}
