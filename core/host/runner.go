package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin/runner"
)

// outputGrace is how long output is still read after a process ended whose descendants hold its pipes.
const outputGrace = time.Second

// child is one operating-system process in a process group of its own, so that signals from the terminal pass it by
// and SIGKILL reaches all that it started. Its standard input is a pipe that the hub never writes to: it ends with the
// hub, however the hub ends. child is go-plugin's runner.Runner; Stderr is empty for go-plugin, whose parser can panic
// on malformed lines, and the real one is read here.
type child struct {
	cmd     *exec.Cmd
	dir     string
	journal *journal
	// greeting is what go-plugin may see of standard output: its first line.
	greeting *io.PipeReader
	// foreign: it is no child at all but a process that runs elsewhere, of which only the connection ends.
	foreign bool
	// confinement is nil where the child is started as its program.
	confinement *confinement

	mu       sync.Mutex
	lifeline *os.File
	killed   string // why it was killed, empty while it was not
	ended    bool
	// done is closed when the process was reaped and its output read.
	done chan struct{}
}

var _ runner.Runner = (*child)(nil)

func newChild(path string, args, env []string, dir string, log *journal) *child {
	return &child{
		cmd: &exec.Cmd{
			Path: path, Args: args, Env: env,
			SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
		},
		dir: dir, journal: log, done: make(chan struct{}),
	}
}

// pipes are the parent's ends first, then the child's.
type pipes struct {
	lifeline, stdout, stderr    *os.File
	stdin, childOut, childError *os.File
}

func newPipes() (p pipes, err error) {
	var errs [3]error
	p.stdin, p.lifeline, errs[0] = os.Pipe()
	p.stdout, p.childOut, errs[1] = os.Pipe()
	p.stderr, p.childError, errs[2] = os.Pipe()
	return p, errors.Join(errs[:]...)
}

func closeFiles(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

// Start starts the process; the context bounds nothing, as starting one does not wait for it.
func (c *child) Start(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := newPipes()
	defer closeFiles(p.stdin, p.childOut, p.childError)
	if err == nil && c.killed != "" {
		err = errors.New(c.killed)
	}
	if err == nil {
		c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = p.stdin, p.childOut, p.childError
		err = c.cmd.Start()
	}
	if err != nil {
		closeFiles(p.lifeline, p.stdout, p.stderr)
		c.confinement.cancel()
		c.ended = true
		_ = os.RemoveAll(c.dir)
		close(c.done)
		return c.named(err)
	}
	c.lifeline = p.lifeline
	var greeting *io.PipeWriter
	c.greeting, greeting = io.Pipe()
	var reading sync.WaitGroup
	reading.Go(func() { readStandardOutput(p.stdout, greeting, c.journal) })
	reading.Go(func() { readLines(p.stderr, c.journal) })
	reading.Go(c.confinement.begin)
	go c.reap(p, &reading)
	return nil
}

// named gives an error of the system's the program's own path, where a descriptor was executed.
func (c *child) named(err error) error {
	if wrong, is := errors.AsType[*fs.PathError](err); is {
		wrong.Path = c.cmd.Args[0]
	}
	return err
}

// reap waits for the process and clears up behind it.
func (c *child) reap(p pipes, reading *sync.WaitGroup) {
	defer close(c.done)
	_ = c.cmd.Wait()
	// What it started and left behind in its group goes with it.
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.release()
	late := time.AfterFunc(outputGrace, func() { closeFiles(p.stdout, p.stderr) })
	reading.Wait()
	late.Stop()
	closeFiles(p.stdout, p.stderr)
	_ = os.RemoveAll(c.dir)
}

// release closes the process's standard input, which asks it to end.
func (c *child) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	closeFiles(c.lifeline)
	c.lifeline = nil
}

// kill ends the process and its group at once, for the reason given. It does not wait.
func (c *child) kill(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	if c.killed == "" {
		c.killed = reason
	}
	switch {
	case c.foreign:
		c.ended = true
		close(c.done)
	case c.cmd.Process != nil:
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// cause says how the process ended. It is for use after done.
func (c *child) cause() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	state := c.cmd.ProcessState
	switch {
	case c.killed != "" && (state == nil || !state.Exited()):
		return c.killed
	case state == nil:
		return "it was not started"
	}
	return "it ended with " + state.String()
}

// Wait returns when the process has ended.
func (c *child) Wait(context.Context) error {
	<-c.done
	return nil
}

// Kill ends the process; go-plugin calls it when it gives up starting.
func (c *child) Kill(context.Context) error {
	c.kill("it did not become a plugin")
	return nil
}

// Stdout is the process's first line, bounded.
func (c *child) Stdout() io.ReadCloser { return c.greeting }

// Stderr is empty: the journal has the real one.
func (c *child) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the program's path.
func (c *child) Name() string { return c.cmd.Args[0] }

// ID is the process's id and never empty.
func (c *child) ID() string { return strconv.Itoa(c.pid()) }

func (c *child) pid() int {
	if c.cmd.Process == nil {
		return 0
	}
	return c.cmd.Process.Pid
}

// Diagnose has nothing to add: the error that the host makes quotes the output.
func (c *child) Diagnose(context.Context) string { return "" }

// PluginToHost refuses an address that is not a socket in the folder made for it, which alone is the hub's own.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != filepath.Clean(c.dir) {
		return "", "", fmt.Errorf("it listens at %s %s, must be a Unix socket in the folder that the variable "+
			"PLUGIN_UNIX_SOCKET_DIR names", printable(network, 16), printable(address, 128))
	}
	return network, address, nil
}

// HostToPlugin changes nothing: both see the same file system.
func (c *child) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
