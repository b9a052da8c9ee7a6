package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// startTime bounds the start of a server or of the hub.
const startTime = 60 * time.Second

// server is a redis-server that keeps what it has accepted in an append-only file: what it answered survives its death.
type server struct {
	dir, addr string
	process   *exec.Cmd
	client    *redis.Client
}

// silent keeps the library from writing to standard error: that the server is away is what a plan wants.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// startServer starts a redis-server whose files are in dir.
func startServer(ctx context.Context, dir string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	redis.SetLogger(silent{})
	// Nothing is sent twice by the library: the ledger must know what became of each attempt.
	s.client = redis.NewClient(&redis.Options{Addr: s.addr, MaxRetries: -1, DialTimeout: time.Second, ReadTimeout: 2 * time.Second,
		DialerRetries: 1, ContextTimeoutEnabled: true})
	return s, s.start(ctx)
}

// freePort is one that nobody listened on a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// start runs the server and returns when it has read its files and answers.
func (s *server) start(ctx context.Context) error {
	_, port, _ := net.SplitHostPort(s.addr)
	s.process = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", s.dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--logfile", "redis.log")
	s.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("redis-server, of the package of that name, is needed: %w", err)
	}
	if err := until(ctx, startTime, func() bool { return s.client.Ping(ctx).Err() == nil }); err != nil {
		return fmt.Errorf("redis-server does not answer: %w", err)
	}
	return nil
}

func (s *server) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

func (s *server) close() error {
	s.kill()
	return s.client.Close()
}

// errLate says that something did not come about in its time.
var errLate = errors.New("it took too long")

// until polls until a condition holds. It is errLate if it does not within the limit, or ctx's error.
func until(ctx context.Context, limit time.Duration, holds func() bool) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return errLate
		case <-tick.C:
		}
	}
	return nil
}

// pause waits, and reports whether ctx let it.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
