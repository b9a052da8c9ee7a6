package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

func TestReport(t *testing.T) {
	problems := core.Problems{
		{Severity: core.SeverityError, Position: core.Position{File: "a.yaml", Line: 3, Column: 5}, Summary: "unknown key", Detail: "did you mean x?"},
		{Severity: core.SeverityWarning, Position: core.Position{File: "a.yaml", Line: 9, Column: 1}, Summary: "never used"},
	}
	cases := []struct {
		name string
		err  error
		code int
		want string
	}{
		{"nothing", nil, 0, ""},
		{"problems", problems, 2, "araldo: error: a.yaml:3:5: unknown key: did you mean x?\naraldo: warning: a.yaml:9:1: never used\n"},
		{"usage", &usageError{"no such flag", "try another"}, 2, "araldo: error: no such flag\naraldo: hint: try another\n"},
		{"run time", errors.New("port taken"), 1, "araldo: error: port taken\n"},
		{"several lines", errors.New("plugin died:\npanic\n"), 1, "araldo: error: plugin died:\n    panic\n"},
		{"several", errors.Join(errors.New("a"), problems[:1]), 2, "araldo: error: a\naraldo: error: a.yaml:3:5: unknown key: did you mean x?\n"},
		{"held", fmt.Errorf("start: %w", &control.HeldError{Path: "/d/araldo.lock", PID: 7}), 1,
			"araldo: error: start: another hub (pid 7) holds /d/araldo.lock\naraldo: hint: `araldo stop` ends it; two hubs need a data-dir each\n"},
		{"near", control.UnknownEndpoint("browser", []string{"browsers"}), 1,
			"araldo: error: there is no endpoint \"browser\"\naraldo: hint: did you mean \"browsers\"?\n"},
		{"far", control.UnknownEndpoint("x", nil), 1, "araldo: error: there is no endpoint \"x\"\naraldo: hint: `araldo status` lists the names\n"},
		{"permission", &fs.PathError{Op: "mkdir", Path: "/d", Err: fs.ErrPermission}, 1,
			"araldo: error: mkdir /d: permission denied\naraldo: hint: the user who runs this must be allowed to; `data-dir` says where the hub keeps its files\n"},
		{"no hub", &control.NotRunningError{Tried: []control.Attempt{{Path: "/d/s", Err: syscall.ENOENT}}}, 1,
			"araldo: error: no hub is running: tried /d/s (no such file)\naraldo: hint: start one with `araldo serve -c FILE`, or name its configuration with -c or its socket with --socket\n"},
		{"another user's hub", &control.NotRunningError{Tried: []control.Attempt{{Path: "/d/s", Err: &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EACCES)}}}}, 1,
			"araldo: error: no hub lets this user in: tried /d/s (permission denied)\naraldo: hint: only the user who runs the hub, and root, may use its socket\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			if code := report(&out, c.err); code != c.code || out.String() != c.want {
				t.Errorf("%d %q\nwant %d %q", code, out.String(), c.code, c.want)
			}
		})
	}
}
