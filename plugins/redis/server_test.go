package redis

import (
	"bufio"
	"context"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// server is a real redis-server on a free port of loopback.
type server struct {
	t       testing.TB
	port    int
	options []string
	process *exec.Cmd
}

// startServer runs redis-server with further options until the test ends.
func startServer(t testing.TB, options ...string) *server {
	t.Helper()
	s := &server{t: t, options: options}
	for range 5 {
		s.port = freePort(t)
		if s.try() {
			t.Cleanup(s.kill)
			return s
		}
	}
	t.Fatal("redis-server does not start")
	return nil
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs the server again on its port.
func (s *server) start() {
	s.t.Helper()
	if !s.try() {
		s.t.Fatal("redis-server does not start again")
	}
}

// try reports whether the server came up; it reads the output until the line that says so.
func (s *server) try() bool {
	arguments := append([]string{"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", s.t.TempDir()}, s.options...)
	s.process = exec.Command("redis-server", arguments...)
	output, err := s.process.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		s.t.Fatalf("redis-server, of the package of that name, is needed: %v", err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go io.Copy(io.Discard, output)
			return true
		}
	}
	_ = s.process.Wait()
	return false
}

func (s *server) kill() {
	if s.process.ProcessState == nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
	}
}

func (s *server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) url() string { return "redis://127.0.0.1:" + strconv.Itoa(s.port) }

// client speaks to the server as a user's own program does.
func (s *server) client() *redis.Client { return client(s.t, s.url()) }

func client(t testing.TB, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// publish sends payloads to a channel, in order.
func publish(t testing.TB, c *redis.Client, channel string, payloads ...string) {
	t.Helper()
	pipe := c.Pipeline()
	for _, payload := range payloads {
		pipe.Publish(context.Background(), channel, payload)
	}
	if _, err := pipe.Exec(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// subscribers waits until a channel has that many.
func subscribers(t testing.TB, c *redis.Client, channel string, want int64) {
	t.Helper()
	for late := time.Now().Add(patience); ; {
		counts, err := c.PubSubNumSub(context.Background(), channel).Result()
		if err == nil && counts[channel] == want {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%s has %d subscribers, want %d (%v)", channel, counts[channel], want, err)
		}
	}
}
