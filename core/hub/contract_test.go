package hub_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// clerk writes down what its hub has it do. It is frozen by its Close, where it is told so.
type clerk struct {
	name   string
	config clerkConfig
}

type clerkConfig struct {
	Record string `key:"record" required:"true"`
	Bad    bool   `key:"bad"`
	Frozen bool   `key:"frozen"`
}

// Check implements sdk.Checker.
func (c *clerkConfig) Check(s sdk.Setting) []sdk.Diagnostic {
	note(c.Record, "check "+s.Name)
	if c.Bad {
		return []sdk.Diagnostic{{Severity: sdk.SeverityError, Path: "/bad", Summary: "it is bad"}}
	}
	return nil
}

var clerkPlugin = sdk.Plugin{Name: "clerk", Version: "1.0.0", Types: []sdk.Type{sdk.Endpoint("endpoint-clerk", "notes",
	sdk.Capabilities{Outbound: &sdk.Outbound{Confirm: sdk.ConfirmAccepted}},
	func(_ context.Context, in sdk.Instance, config clerkConfig) (sdk.Closer, error) {
		note(config.Record, "open "+in.Name)
		return &clerk{in.Name, config}, nil
	},
)}}

func (c *clerk) Send(context.Context, []sdk.Message) error { return nil }

func (c *clerk) Close(context.Context, sdk.CloseReason) error {
	note(c.config.Record, "close "+c.name)
	if c.config.Frozen {
		return syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	}
	return nil
}

func note(path, line string) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(file, line)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		panic(err)
	}
}

// clerks is a configuration with two of them, in a process each, and what they wrote.
func clerks(t *testing.T, keys string) (config string, notes func() []string) {
	t.Helper()
	record := filepath.Join(t.TempDir(), "record")
	config = fmt.Sprintf(`
global: {plugin-dirs: [%q], shutdown-timeout: 2s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock}
    - {name: first, id: endpoint-clerk, process: own, record: %[2]q}
    - {name: second, id: endpoint-clerk, process: own, record: %[2]q, %s}
routes:
  load: [first, second]
`, installed(t, "clerk").dir, record, keys)
	return config, func() []string {
		text, err := os.ReadFile(record)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}

// All instances are validated before any is opened, and a plugin that does not end in its time is killed.
//
// parity: Z15
func TestAllAreValidatedBeforeAnyIsOpenedAndEndInTime(t *testing.T) {
	config, notes := clerks(t, "frozen: true")
	h, log, ready := logged(t, config)
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	<-ready
	list := notes()
	slices.Sort(list[:2])
	slices.Sort(list[2:])
	if want := []string{"check first", "check second", "open first", "open second"}; !slices.Equal(list, want) {
		t.Errorf("%v; want %v", list, want)
	}
	pid := 0
	for _, p := range h.Status(t.Context()).Plugins {
		if p.Name == "clerk/second" {
			pid = p.PID
		}
	}
	began := time.Now()
	h.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > soon {
		t.Errorf("a plugin that is frozen held the end for %v", took)
	}
	if list = notes(); !slices.Contains(list, "close first") || !slices.Contains(list, "close second") {
		t.Errorf("%v: not both were closed", list)
	}
	if err := syscall.Kill(pid, 0); pid == 0 || !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the frozen plugin %d is still there: %v\n%s", pid, err, log)
	}
}

// parity: Z15
func TestNothingIsOpenedWhereOneIsWrong(t *testing.T) {
	config, notes := clerks(t, "bad: true")
	h, _, _ := logged(t, config)
	err := h.Run(t.Context())
	problems, are := errors.AsType[core.Problems](err)
	if !are || len(problems) != 1 || !strings.Contains(problems[0].Summary, "it is bad") {
		t.Errorf("the hub ended with %v", err)
	}
	list := notes()
	slices.Sort(list)
	if want := []string{"check first", "check second"}; !slices.Equal(list, want) {
		t.Errorf("%v; want %v", list, want)
	}
}
