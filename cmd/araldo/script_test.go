package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/plugins"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

func TestMain(m *testing.M) {
	plugins.Main()
	testscript.Main(leakChecked{m}, map[string]func(){
		"araldo":     func() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) },
		externalName: func() { sdk.Main(external) },
	})
}

// leakChecked fails the tests, once they have passed, if they left goroutines.
type leakChecked struct{ tests *testing.M }

func (c leakChecked) Run() int {
	if code := c.tests.Run(); code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestScripts(t *testing.T) {
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// Scripts build with what is there, and fetch nothing.
	goPlaces := map[string]string{"GOPROXY": "off", "GOCACHE": goEnv(t, "GOCACHE"), "GOMODCACHE": goEnv(t, "GOMODCACHE")}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(3 * time.Minute),
		Setup: func(env *testscript.Env) error {
			env.Values[hubsKey{}] = hubs{}
			// A hub puts its plugins' sockets below TMPDIR, and a socket's path must be short.
			short, err := os.MkdirTemp("", "a")
			env.Setenv("TMPDIR", short)
			env.Setenv("REPOSITORY", repository)
			for name, value := range goPlaces {
				env.Setenv(name, value)
			}
			// Else each program, built with the race detector, sleeps for a second at its end.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Defer(func() { os.RemoveAll(short) })
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"start":    start,
			"signal":   signalHub,
			"ends":     ends,
			"waitfor":  waitFor,
			"takeport": takePort,
			"freeport": freePort,
			"replace":  replace,
			"cmptimes": cmpTimes,
			"whereis":  whereIs,
		},
	})
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(value))
}

// patience bounds every wait of a script; pollEvery is how often a condition is looked at.
const (
	patience  = 30 * time.Second
	pollEvery = 10 * time.Millisecond
)

// hubs are the programs that a script started, by the names it gave them.
type hubs map[string]*background

type hubsKey struct{}

type background struct {
	command *exec.Cmd
	ended   chan error
}

// exits CODE PROGRAM ARG... runs a program that must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	if got := exitCode(ts.Exec(args[1], args[2:]...)); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

func exitCode(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "0"
	case errors.As(err, &exit):
		return strconv.Itoa(exit.ExitCode())
	default:
		return err.Error()
	}
}

// start NAME ARG... runs araldo in the background, with its output in NAME.out and NAME.err, and $NAME_pid its pid.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: start NAME ARG...")
	}
	name := args[0]
	program, err := exec.LookPath("araldo")
	ts.Check(err)
	command := exec.Command(program, args[1:]...)
	command.Dir = ts.Getenv("WORK")
	command.Env = []string{"PATH=" + ts.Getenv("PATH"), "TMPDIR=" + ts.Getenv("TMPDIR"), "HOME=" + ts.Getenv("HOME")}
	out, err := os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	defer out.Close()
	errOut, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	defer errOut.Close()
	command.Stdout, command.Stderr = out, errOut
	ts.Check(command.Start())
	b := &background{command, make(chan error, 1)}
	go func() { b.ended <- command.Wait() }()
	ts.Value(hubsKey{}).(hubs)[name] = b
	ts.Setenv(name+"_pid", strconv.Itoa(command.Process.Pid))
	ts.Defer(func() { _ = command.Process.Kill() })
}

func hubNamed(ts *testscript.TestScript, name string) *background {
	b := ts.Value(hubsKey{}).(hubs)[name]
	if b == nil {
		ts.Fatalf("nothing was started as %q", name)
	}
	return b
}

// signal SIGNAL NAME sends TERM, INT, HUP or KILL to what was started as NAME.
func signalHub(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}
	if neg || len(args) != 2 || signals[args[0]] == nil {
		ts.Fatalf("usage: signal TERM|INT|HUP|KILL NAME")
	}
	ts.Check(hubNamed(ts, args[1]).command.Process.Signal(signals[args[0]]))
}

// ends CODE NAME waits until what was started as NAME has ended, with that exit code (-1: by a signal).
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ends CODE NAME")
	}
	select {
	case err := <-hubNamed(ts, args[1]).ended:
		if got := exitCode(err); got != args[0] {
			ts.Fatalf("%s: exit code %s, want %s\n%s", args[1], got, args[0], ts.ReadFile(args[1]+".err"))
		}
	case <-time.After(patience):
		ts.Fatalf("%s has not ended after %s\n%s", args[1], patience, ts.ReadFile(args[1]+".err"))
	}
}

// waitfor PATTERN FILE waits until the file matches; waitfor PATTERN PROGRAM ARG... until its output does.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: waitfor PATTERN FILE | waitfor PATTERN PROGRAM ARG...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	limit := time.After(patience)
	for !pattern.MatchString(look(ts, args[1:])) {
		select {
		case <-ticker.C:
		case <-limit:
			ts.Fatalf("nothing matches %q after %s:\n%s", args[0], patience, look(ts, args[1:]))
		}
	}
}

// look returns the text of a file, or the output of a program.
func look(ts *testscript.TestScript, args []string) string {
	if len(args) == 1 {
		text, _ := os.ReadFile(ts.MkAbs(args[0]))
		return string(text)
	}
	command := exec.Command(args[0], args[1:]...)
	command.Dir = ts.Getenv("WORK")
	text, _ := command.CombinedOutput()
	return string(text)
}

// takeport VARIABLE holds a free TCP port of the loopback until the script ends.
func takePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: takeport VARIABLE")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	ts.Setenv(args[0], fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))
}
