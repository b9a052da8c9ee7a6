package sdktest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/proto/wire"
)

// served marks the test binary's own process that serves the plugin.
const served = "ARALDO_SDKTEST"

// Main is a TestMain: it serves the plugin where InProcess started the test binary for that, and otherwise runs the
// tests, which fail if goroutines are left.
func Main(m *testing.M, p sdk.Plugin) {
	if os.Getenv(served) != "" {
		sdk.Main(p)
	}
	goleak.VerifyTestMain(m)
}

// Process is a plugin in a process of its own.
type Process struct {
	*Hub
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan struct{}
}

// InProcess starts the test binary again, as the plugin that Main serves there. The process ends with the test.
func InProcess(t T) *Process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	// The race detector would keep the process for a second after its end.
	cmd.Env = append(os.Environ(), served+"=1", "GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	return started(t, cmd)
}

// started starts a plugin's program as a hub does. The process ends with the test.
func started(t T, cmd *exec.Cmd) *Process {
	t.Helper()
	sockets, err := os.MkdirTemp("", "sdk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	cmd.Env = append(cmd.Environ(), "PLUGIN_PROTOCOL_VERSIONS=1", "PLUGIN_UNIX_SOCKET_DIR="+sockets,
		wire.Handshake.MagicCookieKey+"="+wire.Handshake.MagicCookieValue)
	cmd.Stderr = t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to be killed with all that it started
	stdin, errIn := cmd.StdinPipe()
	stdout, errOut := cmd.StdoutPipe()
	if errIn != nil || errOut != nil {
		t.Fatal(errIn, errOut)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Process{cmd: cmd, stdin: stdin, ended: make(chan struct{})}
	t.Cleanup(func() {
		if !p.EndsAfterInput() {
			t.Errorf("the process still ran %s after its input ended", endLimit)
		}
	})
	address := p.greeting(t, stdout)
	p.Hub = newHub(t, func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", address)
	})
	return p
}

// maxGreeting is how long a plugin's first line may be, bytes.
const maxGreeting = 4 << 10

// greeting waits for the line with which a plugin begins, and returns its socket.
func (p *Process) greeting(t T, stdout io.Reader) string {
	t.Helper()
	late := time.AfterFunc(patience, p.kill)
	in := bufio.NewReaderSize(stdout, maxGreeting)
	slice, err := in.ReadSlice('\n')
	line := string(slice)
	intime := late.Stop()
	go func() {
		_, _ = io.Copy(io.Discard, in)
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	parts := strings.Split(strings.TrimSpace(line), "|")
	switch {
	case !intime:
		t.Fatalf("it wrote no handshake within %s", patience)
	case errors.Is(err, bufio.ErrBufferFull):
		t.Fatalf("its first line has more than %d bytes, must be \"1|1|unix|SOCKET|grpc|\"", maxGreeting)
	case err != nil:
		t.Fatalf("it ended, or closed its output, before the handshake: %q", line)
	case len(parts) < 5 || parts[0] != "1" || parts[1] != "1" || parts[2] != "unix" || parts[4] != "grpc":
		t.Fatalf("its first line is %q, must be \"1|1|unix|SOCKET|grpc|\"", line)
	}
	return parts[3]
}

// endLimit is how long a plugin may live without its hub.
const endLimit = 2 * time.Second

// EndsAfterInput closes the process's standard input, as a hub's end does, and reports whether the process then ended
// by itself in time. It is gone afterwards in any case.
func (p *Process) EndsAfterInput() bool {
	_ = p.stdin.Close()
	late := time.NewTimer(endLimit)
	defer late.Stop()
	select {
	case <-p.ended:
		return true
	case <-late.C:
		p.kill()
		<-p.ended
		return false
	}
}

// kill ends the process and what it started, which would keep its output open.
func (p *Process) kill() { _ = syscall.Kill(-p.PID(), syscall.SIGKILL) }

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends the process a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }
