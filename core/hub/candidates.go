package hub

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/programs"
)

// candidate is an external plugin with the ids that its manifest names; without any it must be asked.
type candidate struct {
	program
	ids []string
}

// candidates are the external plugins that could be run. unfit are those that can't be: what has a plugin's name and can't
// be started as it lies there, and what is missing.
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
		case strings.HasPrefix(filepath.Base(f.Path), programs.Prefix):
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
