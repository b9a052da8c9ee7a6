// Package notify tells a service manager such as systemd what becomes of this process: the protocol of sd_notify(3),
// datagrams with lines NAME=VALUE to the Unix socket that $NOTIFY_SOCKET names.
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// sendTimeout bounds one datagram: a manager that hangs must not hold up what it manages.
const sendTimeout = time.Second

const stopping = "STOPPING=1"

// Manager is what started this process and wants to hear of it. Its methods may be called by any goroutine; those of a nil
// Manager, where nothing wants to hear, do nothing. What can't be told is a warning in the log.
type Manager struct {
	log      *slog.Logger
	conn     net.Conn
	watchdog time.Duration // 0: none

	mu       sync.Mutex
	stopping bool
}

// FromEnvironment returns the manager that $NOTIFY_SOCKET and $WATCHDOG_USEC tell of, nil where they don't. It removes the
// variables, so that children don't speak for this process.
func FromEnvironment(log *slog.Logger) (*Manager, error) {
	socket, interval, pid := os.Getenv("NOTIFY_SOCKET"), os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID")
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, err
		}
	}
	if socket == "" {
		return nil, nil
	}
	m := &Manager{log: log}
	if interval != "" && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		microseconds, err := strconv.ParseInt(interval, 10, 64)
		if err != nil || microseconds <= 0 {
			return nil, fmt.Errorf("WATCHDOG_USEC: %q is no number of microseconds", interval)
		}
		m.watchdog = time.Duration(microseconds) * time.Microsecond
	}
	var err error
	// A name that begins with @ is an abstract one to package net as it is here.
	m.conn, err = net.Dial("unixgram", socket)
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return m, nil
}

// Close ends it; nothing may be told any more.
func (m *Manager) Close() error {
	if m == nil {
		return nil
	}
	return m.conn.Close()
}

// Ready tells that what was to be started, or to be loaded anew, is.
func (m *Manager) Ready() { m.tell("READY=1") }

// Status tells people in one line how it goes.
func (m *Manager) Status(text string) {
	m.tell("STATUS=" + strings.ReplaceAll(text, "\n", " "))
}

// Reloading tells that the configuration is taken anew; Ready ends that, whatever came of it.
func (m *Manager) Reloading() {
	var now unix.Timespec
	// It fails for unknown clocks only.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	m.tell(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", now.Nano()/int64(time.Microsecond)))
}

// Stopping tells that the end has begun. What is told later of other states is left out.
func (m *Manager) Stopping() { m.tell(stopping) }

// Watch keeps the manager's watchdog quiet until ctx ends, as long as alive returns again and again: it is called every
// half of the watchdog's time, in a goroutine that outlives Watch only if it hangs.
func (m *Manager) Watch(ctx context.Context, alive func()) {
	if m == nil || m.watchdog == 0 {
		return
	}
	ticker := time.NewTicker(m.watchdog / 2)
	defer ticker.Stop()
	for {
		answered := make(chan struct{})
		go func() { defer close(answered); alive() }()
		select {
		case <-ctx.Done():
			return
		case <-answered:
			m.send("WATCHDOG=1")
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tell sends what describes a state, unless the last one was told.
func (m *Manager) tell(text string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopping {
		return
	}
	m.stopping = text == stopping
	m.send(text)
}

// send writes one datagram; conn takes those of several goroutines.
func (m *Manager) send(text string) {
	err := m.conn.SetWriteDeadline(time.Now().Add(sendTimeout))
	if err == nil {
		_, err = m.conn.Write([]byte(text))
	}
	if err != nil {
		m.log.Warn("the service manager was not told", "what", text, "cause", err)
	}
}
