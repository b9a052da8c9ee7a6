package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	// readyTimeout is how long a relay may take to open its port.
	readyTimeout = 30 * time.Second
	// stopTimeout is how long it may take to end after SIGTERM.
	stopTimeout = 10 * time.Second
)

// Process is a program that runs for a measurement.
type Process struct {
	Dir    string
	name   string
	cmd    *exec.Cmd
	output *tail
	begun  time.Time
	ended  chan struct{}
}

// start runs a command in a directory of its own. ready is what it prints when it is, where it does.
func start(name string, command []string, dir, ready string) (*Process, error) {
	p := &Process{Dir: dir, name: name, output: newTail(ready), ended: make(chan struct{})}
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.output, p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.begun = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// awaitPort waits until something listens at port.
func (p *Process) awaitPort(ctx context.Context, port int) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended before it was ready: %s", p.name, p.output)
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen at %s: %s", p.name, address, p.output)
		case <-ticker.C:
		}
	}
}

// AwaitReady waits until the relay has printed that it is ready, and says how long that took from its start on.
func (p *Process) AwaitReady(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	select {
	case at := <-p.output.found:
		return at.Sub(p.begun), nil
	case <-p.ended:
		return 0, fmt.Errorf("%s ended before it was ready: %s", p.name, p.output)
	case <-ctx.Done():
		return 0, fmt.Errorf("%s does not say that it is ready: %s", p.name, p.output)
	}
}

// Usage measures the process and its descendants.
func (p *Process) Usage() Usage { return Tree(p.cmd.Process.Pid) }

// Err is an error where the process has ended of itself.
func (p *Process) Err() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended: %s", p.name, p.output)
	default:
		return nil
	}
}

// Stop ends the process and, where it does not end in time, its whole group by force; then its directory is removed.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
	}
	return os.RemoveAll(p.Dir)
}

// freePort is a port that nobody listens at now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// writeFiles writes a relay's files into its directory.
func writeFiles(dir string, files, values map[string]string) error {
	for name, text := range files {
		if !filepath.IsLocal(name) {
			return errors.New("file " + name + " lies outside of the relay's directory")
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(fill(text, values)), 0o600); err != nil {
			return err
		}
	}
	return nil
}
