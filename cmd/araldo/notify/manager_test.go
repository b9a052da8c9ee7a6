package notify

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds each wait for a datagram.
const patience = 10 * time.Second

// manages makes this process one that a service manager started, and returns the manager's end.
func manages(t *testing.T, name string, environment map[string]string) *net.UnixConn {
	t.Helper()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	for _, key := range []string{"WATCHDOG_USEC", "WATCHDOG_PID"} {
		t.Setenv(key, environment[key])
	}
	return socket
}

func socketName(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "n") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "notify")
}

func fromEnvironment(t *testing.T, log *slog.Logger) *Manager {
	t.Helper()
	m, err := FromEnvironment(log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// next is the next datagram.
func next(t *testing.T, socket *net.UnixConn) string {
	t.Helper()
	if err := socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, err := socket.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(buffer[:n])
}

func TestWhatAManagerIsTold(t *testing.T) {
	socket := manages(t, socketName(t), nil)
	m := fromEnvironment(t, slog.Default())
	m.Ready()
	m.Status("all\nis well")
	m.Reloading()
	m.Ready()
	m.Stopping()
	m.Ready() // a reload that ends late
	m.Status("late")
	m.Stopping()
	m.send("the last")
	var told []string
	for len(told) == 0 || told[len(told)-1] != "the last" {
		told = append(told, next(t, socket))
	}
	all := regexp.MustCompile(`_USEC=\d{4,}`).ReplaceAllString(strings.Join(told, "|"), "_USEC=N")
	if all != "READY=1|STATUS=all is well|RELOADING=1\nMONOTONIC_USEC=N|READY=1|STOPPING=1|the last" {
		t.Errorf("told %q", all)
	}
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		if value, is := os.LookupEnv(name); is {
			t.Errorf("children would find %s=%q", name, value)
		}
	}
}

func TestAnAbstractSocket(t *testing.T) {
	socket := manages(t, "@"+strings.TrimPrefix(socketName(t), "/"), nil)
	fromEnvironment(t, slog.Default()).Ready()
	if told := next(t, socket); told != "READY=1" {
		t.Errorf("told %q", told)
	}
}

func TestNobodyWantsToHear(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	m, err := FromEnvironment(slog.Default())
	if m != nil || err != nil {
		t.Fatalf("%v, %v", m, err)
	}
	m.Ready()
	m.Reloading()
	m.Status("")
	m.Stopping()
	m.Watch(t.Context(), nil)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheWatchdogHearsOfWhatAnswersOnly(t *testing.T) {
	socket := manages(t, socketName(t), map[string]string{"WATCHDOG_USEC": "20000", "WATCHDOG_PID": strconv.Itoa(os.Getpid())})
	m := fromEnvironment(t, slog.Default())
	ctx, cancel := context.WithCancel(t.Context())
	calls, hangs, mended := 0, make(chan struct{}), make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.Watch(ctx, func() {
			if calls++; calls == 4 {
				close(hangs)
				<-mended
			}
		})
	}()
	<-hangs
	m.Ready() // a later datagram than all that were told before it hung
	told := []string{next(t, socket), next(t, socket), next(t, socket), next(t, socket)}
	if all := strings.Join(told, " "); all != "WATCHDOG=1 WATCHDOG=1 WATCHDOG=1 READY=1" {
		t.Errorf("told %q", all)
	}
	// Ten times what a healthy one needs for the next.
	if err := socket.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := socket.Read(make([]byte, 64)); err == nil {
		t.Errorf("%d bytes were told of what hangs", n)
	}
	cancel()
	<-ended // it does not wait for what hangs
	close(mended)
}

func TestAWatchdogOfAnotherProcess(t *testing.T) {
	manages(t, socketName(t), map[string]string{"WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"})
	if m := fromEnvironment(t, slog.Default()); m.watchdog != 0 {
		t.Errorf("it wants to hear every %v", m.watchdog)
	}
}

func TestAnEnvironmentThatIsWrong(t *testing.T) {
	manages(t, socketName(t), map[string]string{"WATCHDOG_USEC": "soon"})
	if _, err := FromEnvironment(slog.Default()); err == nil || !strings.Contains(err.Error(), `WATCHDOG_USEC: "soon"`) {
		t.Error(err)
	}
	t.Setenv("NOTIFY_SOCKET", socketName(t))
	if _, err := FromEnvironment(slog.Default()); err == nil || !strings.Contains(err.Error(), "NOTIFY_SOCKET: ") {
		t.Error(err)
	}
}

func TestAManagerThatWentAwayIsAWarning(t *testing.T) {
	socket := manages(t, socketName(t), nil)
	var said bytes.Buffer
	m := fromEnvironment(t, slog.New(slog.NewTextHandler(&said, nil)))
	socket.Close()
	m.Ready()
	if !strings.Contains(said.String(), "the service manager was not told") {
		t.Errorf("said %q", said.String())
	}
}
