package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// stopTime bounds the hub's ordered end: its shutdown-timeout and what it needs beside.
const stopTime = 60 * time.Second

// hub is the program under test. One goroutine starts and ends it; others may ask for its status.
type hub struct {
	program, config, socket string
	// metrics is the port of its metrics.
	metrics int
	log     *os.File
	process *exec.Cmd
	ended   chan struct{}
	err     error
}

// newHub describes a hub of dir/araldo.yaml, with metrics at that port, that logs to dir/hub.log.
func newHub(program, dir string, metrics int) (*hub, error) {
	socket, err := control.SocketPath(filepath.Join(dir, "data"))
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "hub.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return &hub{program: program, config: filepath.Join(dir, "araldo.yaml"), socket: socket, metrics: metrics, log: log}, err
}

// check has the program check its configuration and returns what it says about the guarantees.
func (h *hub) check(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, h.program, "check", "-c", h.config).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s check: %w\n%s", h.program, err, out)
	}
	return string(out), nil
}

// start runs the hub and returns when it is ready.
func (h *hub) start(ctx context.Context) error {
	h.process = exec.Command(h.program, "serve", "-c", h.config)
	h.process.Stderr = h.log
	// Of its own process group, so that Ctrl+C at a terminal ends the run in order.
	h.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := h.process.StdoutPipe()
	if err == nil {
		err = h.process.Start()
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", h.program, err)
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	h.ended = ended
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(out)
		if lines.Scan() && strings.Contains(lines.Text(), "ready") {
			close(ready)
		}
		_, _ = io.Copy(io.Discard, out)
		h.err = h.process.Wait()
	}()
	select {
	case <-ready:
		return nil
	case <-ended:
		return fmt.Errorf("the hub ended at its start (%v): %s", h.err, h.lastLines())
	case <-time.After(startTime):
		return errors.Join(fmt.Errorf("the hub is not ready after %v: %s", startTime, h.lastLines()), h.kill())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), h.kill())
	}
}

func (h *hub) pid() int { return h.process.Process.Pid }

// kill ends the hub without a warning and returns when it is gone.
func (h *hub) kill() error {
	err := h.process.Process.Kill()
	<-h.ended
	return err
}

// stop lets the hub drain and end. Anything but exit code 0 is an error.
func (h *hub) stop() error {
	if err := h.process.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the hub had ended before: %s", h.lastLines())
	}
	select {
	case <-h.ended:
	case <-time.After(stopTime):
		return errors.Join(fmt.Errorf("the hub does not end within %v", stopTime), h.kill())
	}
	if h.err != nil {
		return fmt.Errorf("the hub ended with %w: %s", h.err, h.lastLines())
	}
	return nil
}

// running reports whether the hub has not ended by itself.
func (h *hub) running() bool {
	select {
	case <-h.ended:
		return false
	default:
		return true
	}
}

// status asks the hub how it is.
func (h *hub) status(ctx context.Context) (control.Status, error) {
	client, err := control.Dial([]string{h.socket})
	if err != nil {
		return control.Status{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return client.Status(ctx)
}

// setEnabled switches an endpoint.
func (h *hub) setEnabled(ctx context.Context, endpoint string, enabled bool) error {
	client, err := control.Dial([]string{h.socket})
	if err != nil {
		return err
	}
	return client.SetEnabled(ctx, endpoint, enabled)
}

// restartPlugin replaces a plugin's process.
func (h *hub) restartPlugin(ctx context.Context, name string) error {
	client, err := control.Dial([]string{h.socket})
	if err != nil {
		return err
	}
	return client.RestartPlugin(ctx, name)
}

// wrote finds the first line of the hub's log, plugins' lines included, that contains one of the words.
func (h *hub) wrote(words ...string) string {
	text, err := os.ReadFile(h.log.Name())
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		for _, word := range words {
			if strings.Contains(line, word) {
				return strings.TrimSpace(line)
			}
		}
	}
	return ""
}

// lastLines is the end of the hub's log.
func (h *hub) lastLines() string {
	const most = 2000
	text, err := os.ReadFile(h.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}
