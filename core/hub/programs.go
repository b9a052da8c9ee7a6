package hub

import (
	"path/filepath"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/core/programs"
)

// program is a plugin that could be run: built into this binary, or an executable file.
type program struct {
	name string
	// path of the executable or of its package, empty where it is built in.
	path string
	// reattach is the socket of one that runs elsewhere, which is its path too; empty: the hub starts it.
	reattach string
	// external is what it is where it is not built in.
	external programs.Program
}

func (p program) String() string {
	if p.path == "" {
		return "built-in plugin " + p.name
	}
	return p.path
}

// builtinProgram finds the built-in plugin that offers an id.
func builtinProgram(id string) (program, bool) {
	for _, b := range core.Builtins() {
		for _, offered := range b.IDs {
			if offered == id {
				return program{name: b.Name}, true
			}
		}
	}
	return program{}, false
}

// PluginPlaces says where the external plugins of a configuration lie, and their lock.
func PluginPlaces(cfg *config.Config) programs.Places {
	return programs.Places{Directories: cfg.Global.PluginDirs, Installed: filepath.Join(cfg.Global.DataDir, "plugins"),
		Lock: filepath.Join(cfg.Dir, programs.LockName)}
}

// specification is what a process of a program is started by.
func (c *crew) specification(name string, p program) host.Spec {
	spec := host.Spec{Name: name, Path: p.path, Builtin: p.name}
	switch {
	case p.reattach != "":
		spec.Reattach = p.reattach
	case p.path != "":
		spec.File = verified{p.external, c.cfg.Verify(p.name), c.log}
	}
	return spec
}

// checkUnfit tells of the plugins that can't be run, where ids are missing that they may offer.
func (c *crew) checkUnfit(missing core.Problems) core.Problems {
	if !missing.Failed() {
		return nil
	}
	var problems core.Problems
	for _, f := range c.unfit {
		problems.Warnf(core.Position{File: f.Path}, f.Why, "plugin %s is %v", f.Name, f.State)
	}
	return problems
}
