package sdktest

import (
	"cmp"
	"context"
	"io"
	"os/exec"
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// Result is what became of one check. Rule is what it holds a plugin to, Findings how that was broken.
type Result struct {
	ID, Name, Rule string
	Findings       []string
}

// External is a program to test over the wire, in any language and outside of tests.
type External struct {
	// Path of the program; Dir is where it is started.
	Path, Dir string
	// Promises by id, without the functions, whose worlds nobody could make: Configs has their configurations. An id
	// without one is tested with none of its keys.
	Promises map[string]Promises
	Configs  map[string]Configs
	// Log gets what the program writes to standard error.
	Log io.Writer
	// Found is told what the plugin is, before the rest.
	Found func(core.PluginInfo)
	// Began is told of each id before its checks, with those that are left out; Checked of each check. One goroutine
	// calls them.
	Began   func(typ core.TypeInfo, left []Skipped)
	Checked func(Result)
}

// Configs are an instance's own keys, one JSON object each, for one that works and, where not empty, for one whose other
// side takes nothing. Relative paths in them start at BaseDir.
type Configs struct{ Works, Stalls, BaseDir string }

// Test runs the suite and returns what the plugin is, and what was found wrong with it beside its checks, such as that it
// does not start. It blocks for some seconds per id, a check for a minute at most. ctx is looked at between checks.
func (e External) Test(ctx context.Context) (info core.PluginInfo, findings []string, err error) {
	findings = tried(e.Log, func(t T) {
		cmd := exec.Command(e.Path)
		cmd.Dir = e.Dir
		p := started(t, cmd)
		info = p.Info(t)
		e.Found(info)
		for _, typ := range info.Types {
			if err = e.testID(ctx, t, p, typ); err != nil {
				return
			}
		}
		e.Checked(e.check("", check{"outlives signals", func(t T) { checkSignals(t, p) }}))
		e.Checked(e.check("", check{"ends with its hub", func(t T) { checkEnd(t, p) }}))
	})
	return info, findings, err
}

func (e External) testID(ctx context.Context, t T, p *Process, typ core.TypeInfo) error {
	promises, configs := e.Promises[typ.ID], e.Configs[typ.ID]
	promises.ID = typ.ID
	promises.New = configs.outside(configs.Works)
	if configs.Stalls != "" {
		promises.NewStalled = configs.outside(configs.Stalls)
	}
	s := newSuite(t, promises, p.Hub)
	s.outOfReach = true
	do, left := s.plan()
	e.Began(typ, left)
	for _, c := range do {
		if err := ctx.Err(); err != nil {
			return err
		}
		e.Checked(e.check(typ.ID, c))
		select {
		case <-p.ended:
			t.Fatalf("the process ended during the check %q of %s", c.name, typ.ID)
		default:
		}
	}
	return nil
}

func (e External) check(id string, c check) Result {
	return Result{ID: id, Name: c.name, Rule: rules[c.name], Findings: tried(e.Log, c.check)}
}

func (c Configs) outside(config string) func(testing.TB) Outside {
	return func(testing.TB) Outside { return Outside{Config: cmp.Or(config, "{}"), BaseDir: c.BaseDir} }
}
