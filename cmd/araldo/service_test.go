package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const serviceConfig = `
global: {shutdown-timeout: 5s}
plugins:
  endpoints:
    - {name: clock, id: endpoint-mock, every: 1s}
    - {name: sink, id: endpoint-mock}
routes:
  clock: [sink]
`

// service is `araldo serve` as systemd starts it, with the manager's end of the notifications.
type service struct {
	t       *testing.T
	dir     string
	told    chan string // all but what is for the watchdog
	pings   chan struct{}
	command *exec.Cmd
	said    transcript
}

func newService(t *testing.T) *service {
	t.Helper()
	dir, err := os.MkdirTemp("", "a") // sockets have short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &service{t: t, dir: dir, told: make(chan string, 16), pings: make(chan struct{}, 1)}
	s.write(serviceConfig)
	name := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	listening := make(chan struct{})
	go func() { defer close(listening); s.listen(socket) }()
	t.Cleanup(func() { socket.Close(); <-listening })
	s.command = exec.Command("araldo", "serve", "-c", "hub.yaml")
	s.command.Dir, s.command.Stdout, s.command.Stderr = dir, &s.said, &s.said
	s.command.Env = append(os.Environ(), "TMPDIR="+dir, "GORACE=atexit_sleep_ms=0", "NOTIFY_SOCKET="+name, "WATCHDOG_USEC=200000")
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.command.ProcessState == nil { // the test was given up
			_ = s.command.Process.Kill()
			_ = s.command.Wait()
		}
	})
	return s
}

func (s *service) write(text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "hub.yaml"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// listen reads until the socket is closed: the few datagrams that it holds must never be a hold-up.
func (s *service) listen(socket *net.UnixConn) {
	buffer := make([]byte, 4096)
	for {
		n, err := socket.Read(buffer)
		if err != nil {
			return
		}
		if told := string(buffer[:n]); told != "WATCHDOG=1" {
			s.told <- told
			continue
		}
		select {
		case s.pings <- struct{}{}:
		default:
		}
	}
}

// hears wants the next notification to begin so.
func (s *service) hears(begin string) string {
	s.t.Helper()
	select {
	case told := <-s.told:
		if !strings.HasPrefix(told, begin) {
			s.t.Fatalf("told %q, want %s\n%s", told, begin, s.said.String())
		}
		return told
	case <-time.After(patience):
		s.t.Fatalf("waiting for %s\n%s", begin, s.said.String())
	}
	return ""
}

func (s *service) runs(args ...string) error {
	command := exec.Command("araldo", append(args, "-c", "hub.yaml")...)
	command.Dir = s.dir
	return command.Run()
}

func TestAServiceManagerHearsHowItGoes(t *testing.T) {
	s := newService(t)
	s.hears("READY=1")
	if status := s.hears("STATUS="); status != "STATUS=araldo is ready: 2 endpoints, 1 route" {
		t.Errorf("told %q", status)
	}
	select {
	case <-s.pings:
	case <-time.After(patience):
		t.Error("the watchdog hears nothing")
	}

	// What begins a reload, and what became of it, makes no difference. A dry run is none.
	for _, text := range []string{strings.Replace(serviceConfig, "1s", "2s", 1), "plugins: wrong"} {
		s.write(text)
		wrong := s.runs("reload", "--dry-run") != nil
		if failed := s.runs("reload") != nil; failed != wrong {
			t.Errorf("a reload failed: %v, its dry run: %v", failed, wrong)
		}
		if told := s.hears("RELOADING=1\n"); !strings.Contains(told, "\nMONOTONIC_USEC=") {
			t.Errorf("told %q", told)
		}
		s.hears("READY=1")
	}
	if err := s.runs("stop"); err != nil {
		t.Error(err)
	}
	s.hears("STOPPING=1")
	if err := s.command.Wait(); err != nil {
		t.Errorf("%v\n%s", err, s.said.String())
	}
}
