package hub

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/core/isolation"
	"github.com/araldo-relay/araldo/core/programs"
)

// confine says in a specification what the plugin's process gets and is kept to: by the configuration of its program and by
// the keys of the instances that it serves. What is built in is the hub's own code and runs without a sandbox.
func (c *crew) confine(spec *host.Spec, program program, instances []*config.Instance) {
	of := c.cfg.Program(program.name)
	if program.reattach != "" {
		return
	}
	spec.Env = variables(of)
	spec.Isolation = isolation.Settings{Limits: isolation.Limits(of.Limits)}
	mode := isolation.ParseMode(of.Sandbox)
	if program.path == "" || mode == isolation.Off {
		return
	}
	spec.Isolation.Sandbox = mode
	if isolation.ABI() == 0 {
		return // rules would make no difference
	}
	guarded := append([]string{c.cfg.Dir, c.cfg.Global.DataDir}, c.cfg.Global.PluginDirs...)
	spec.Isolation.Rules = rulesOf(of.Touches).And(packageRules(program.external)).And(isolation.Rules{Guarded: guarded})
	for _, in := range instances {
		reaches := in.Reaches(c.cfg.Dir)
		// What looks like a path need not be meant as one: /data may be that of a page.
		reaches.Write = slices.DeleteFunc(reaches.Write, func(path string) bool { return isolation.Holds(path, guarded) })
		if in.Kind == core.KindEndpoint {
			reaches.Listen = append(reaches.Listen, c.cfg.Global.ServerPort)
		}
		spec.Isolation.Rules = spec.Isolation.Rules.And(isolation.Rules{
			Listen: reaches.Listen, Connect: reaches.Connect, Make: reaches.Write})
	}
}

func rulesOf(t config.Touches) isolation.Rules {
	return isolation.Rules{Listen: t.Listen, Connect: t.Connect, Read: t.Read, Write: t.Write}
}

// packageRules are the files of a package, of whichever version, and what its manifest names. One that can't be read lets
// nothing through: the program is not opened then, either.
func packageRules(p programs.Program) isolation.Rules {
	m, err := p.Manifest()
	if m == nil || err != nil {
		return isolation.Rules{}
	}
	return rulesOf(config.Touches(m.Touches)).And(isolation.Rules{Read: []string{p.Path}})
}

// variables are those of a program's environment, as NAME=value, in one order.
func variables(of config.Program) []string {
	var env []string
	for _, name := range of.PassEnv {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	for name, value := range of.Env {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

// checkPrograms finds what is asked for and can't be had, and what lets plugins reach more than they should.
func (c *crew) checkPrograms() core.Problems {
	var problems core.Problems
	for _, p := range c.cfg.Programs {
		builtin := slices.ContainsFunc(core.Builtins(), func(b core.Builtin) bool { return b.Name == p.Name })
		if builtin && p.SandboxGiven && p.Sandbox != config.SandboxOff {
			problems.Errorf(p.Position, "leave the key out: it is the hub's own code",
				"programs: %s: sandbox: %s: what is built in runs without a sandbox", p.Name, p.Sandbox)
		}
	}
	for _, m := range c.members {
		if around := c.aroundData(m); around != "" {
			problems.Warnf(core.Position{File: m.program.path}, "keep the hub's own files apart: who reads them can command it",
				"plugin %s: its sandbox lets it read data-dir, which is in %s", m.name, around)
		}
	}
	return problems
}

// aroundData is a folder that the sandbox of a plugin lets it read and that the data directory is in; empty where it reads none.
func (c *crew) aroundData(m *member) string {
	if m.spec.Isolation.Sandbox == isolation.Off {
		return ""
	}
	folder, rules := m.program.path, m.spec.Isolation.Rules
	if !m.program.external.Packaged {
		folder = filepath.Dir(folder)
	}
	for _, path := range slices.Concat([]string{folder}, rules.Read, rules.Write) {
		if isolation.Holds(path, []string{c.cfg.Global.DataDir}) {
			return path
		}
	}
	return ""
}

// confinedAlike reports whether a process that was started by one specification may go on by another. Where the hub's own
// files lie only matters at a start.
func confinedAlike(was, is host.Spec) bool {
	was.Isolation.Rules.Guarded, is.Isolation.Rules.Guarded = nil, nil
	return slices.Equal(was.Env, is.Env) && reflect.DeepEqual(was.Isolation, is.Isolation)
}
