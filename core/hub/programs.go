package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

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

// candidate is an external plugin with the ids that its manifest names; without any it must be asked.
type candidate struct {
	program
	ids []string
}

// candidates are the external plugins that could be run. unfit are those that the lock names and that can't be.
func candidates(places programs.Places) (fit []candidate, unfit []programs.Found, err error) {
	found, err := places.Find()
	for _, f := range found {
		switch {
		case f.Runs:
			c := candidate{program: program{name: f.Name, path: f.Path, external: f.Program}}
			if f.Manifest != nil {
				c.ids = f.Manifest.IDs
			}
			fit = append(fit, c)
		case f.State == programs.StateModified, f.State == programs.StateMissing, f.State == programs.StateWrongPlatform:
			unfit = append(unfit, f)
		}
	}
	return fit, unfit, err
}

// reattached puts the plugins that run elsewhere in the places of those of the same names.
func reattached(list []config.Program, fit []candidate) []candidate {
	for _, p := range list {
		if p.Reattach == "" {
			continue
		}
		fit = slices.DeleteFunc(fit, func(c candidate) bool { return c.name == p.Name })
		fit = append(fit, candidate{program: program{name: p.Name, path: p.Reattach, reattach: p.Reattach}})
	}
	return fit
}

// verified is an external program that is compared with the lock right before each start. It is a host.File.
type verified struct {
	programs.Program
	// verify is what the configuration says of the program.
	verify string
	log    *slog.Logger
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
		problems.Warnf(core.Position{File: f.Lock}, f.Why, "plugin %s is %v", f.Name, f.State)
	}
	return problems
}

// Open implements host.File.
func (v verified) Open(ctx context.Context) (*os.File, error) {
	file, err := v.Program.Open()
	if err != nil || v.verify == config.VerifyOff {
		return file, err
	}
	err = v.Verify(ctx, file)
	unverified, is := errors.AsType[*programs.UnverifiedError](err)
	switch {
	case err == nil, is && unverified.State == programs.StateUnlocked && v.verify == config.VerifyLocked:
		return file, nil
	case is && v.verify == config.VerifyWarn:
		v.log.Warn("plugin is started although it is not verified", "plugin", v.Name, "cause", err)
		return file, nil
	}
	return nil, errors.Join(err, file.Close())
}

// checkNames refuses a second plugin of the same name, which status, logs and errors could not tell from the first.
func checkNames(external []candidate) error {
	named := map[string]program{}
	for _, b := range core.Builtins() {
		named[b.Name] = program{name: b.Name}
	}
	for _, p := range external {
		if other, taken := named[p.name]; taken {
			return fmt.Errorf("two plugins are named %s: %s and %s", p.name, other, p)
		}
		named[p.name] = p.program
	}
	return nil
}
