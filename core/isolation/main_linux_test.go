package isolation

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// The variables that make this test binary another program: what a confined one does, and on which kernel.
const (
	testDeed   = "ISOLATION_TEST_DO"
	testKernel = "ISOLATION_TEST_KERNEL"
)

func TestMain(m *testing.M) {
	if os.Getenv(testKernel) == "old" {
		hideLandlock()
	}
	Main()
	if deed := os.Getenv(testDeed); deed != "" {
		for one := range strings.SplitSeq(deed, "\n") {
			fmt.Println(do(one))
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// do is one thing that a program may be denied, and what came of it.
func do(deed string) string {
	verb, object, _ := strings.Cut(deed, " ")
	var err error
	switch verb {
	case "read":
		_, err = os.ReadFile(object)
	case "write":
		err = os.WriteFile(object, []byte("x"), 0o600)
	case "connect":
		var c net.Conn
		if c, err = net.Dial("tcp", object); err == nil {
			err = c.Close()
		}
	case "fastopen":
		err = fastOpen(object)
	case "listen":
		var l net.Listener
		if l, err = net.Listen("tcp", object); err == nil {
			err = l.Close()
		}
	case "inherited":
		err = syscall.Fstat(inherited, new(syscall.Stat_t))
	case "run":
		err = exec.Command(object).Run()
	case "signal":
		var pid int
		fmt.Sscan(object, &pid)
		err = syscall.Kill(pid, 0)
	case "files":
		return openFiles()
	case "tell":
		return strings.Join(os.Args, " ") + " " + fmt.Sprint(os.Getpid()) + " TMPDIR=" + os.Getenv("TMPDIR") +
			" GOMEMLIMIT=" + os.Getenv("GOMEMLIMIT") + " mark=" + os.Getenv(Mark)
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

// fastOpen connects by what it sends, as no call of connect does.
func fastOpen(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Sendto(fd, []byte("x"), unix.MSG_FASTOPEN, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
}

// openFiles opens files until that fails.
func openFiles() string {
	for n := 0; ; n++ {
		if _, err := os.Open("/dev/null"); err != nil {
			return fmt.Sprint(n < 100, " ", err)
		}
	}
}

// run is one confined life of this binary.
type run struct {
	outcome Outcome
	err     error
	pid     int
	// lines are what it printed, one for each deed; said is its standard error.
	lines []string
	said  string
	own   string
}

func confined(t *testing.T, s Settings, env []string, deeds ...string) run {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return confinedAs(t, self, s, append(env, testDeed+"="+strings.Join(deeds, "\n")))
}

// inherited is a descriptor that is open beside those that a confined process needs.
const inherited = 40

func confinedAs(t *testing.T, path string, s Settings, env []string) run {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	r := run{own: t.TempDir()}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	extra := make([]*os.File, inherited-2)
	extra[0], extra[len(extra)-1] = write, read
	var out, said bytes.Buffer
	cmd := &exec.Cmd{Path: self, Args: []string{"shown"}, Stdout: &out, Stderr: &said, ExtraFiles: extra,
		Env: slices.Concat([]string{"PATH=" + os.Getenv("PATH")}, s.Own(r.own), env,
			[]string{s.Order(path, filepath.Dir(path), r.own, 3)})}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	r.pid = cmd.Process.Pid
	r.outcome, r.err = ReadOutcome(read)
	_ = cmd.Wait() // how it ended is seen by what it printed
	r.lines, r.said = strings.Split(strings.TrimSpace(out.String()), "\n"), said.String()
	return r
}
