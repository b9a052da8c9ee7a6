package hub

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// pluginPrefix begins the file name of every external plugin.
const pluginPrefix = "araldo-plugin-"

// program is a plugin that could be run: built into this binary, or an executable file.
type program struct {
	name string
	// path of the executable, empty where it is built in.
	path string
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

// ExternalPlugin is an executable that would be started if the configuration used an id that is not built in.
type ExternalPlugin struct{ Name, Path string }

// ExternalPlugins lists what lies in plugin directories, without starting any of it. The error is that of Run.
func ExternalPlugins(dirs []string) ([]ExternalPlugin, error) {
	programs, err := externalPrograms(dirs)
	list := make([]ExternalPlugin, len(programs))
	for i, p := range programs {
		list[i] = ExternalPlugin{p.name, p.path}
	}
	return list, err
}

// externalPrograms lists the executables araldo-plugin-NAME of the plugin directories, in their order. A directory that
// is not there offers nothing; one that other users can write to is refused, since whoever writes there runs code here.
func externalPrograms(dirs []string) ([]program, error) {
	var found []program
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("plugin directory: %w", err)
		}
		if info.Mode().Perm()&0o022 != 0 {
			return nil, fmt.Errorf("plugin directory %s: others can write to it (mode %v): make it 0755 or less", dir, info.Mode().Perm())
		}
		files, err := filepath.Glob(filepath.Join(dir, pluginPrefix+"*"))
		if err != nil {
			return nil, fmt.Errorf("plugin directory %s: %w", dir, err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
				found = append(found, program{strings.TrimPrefix(filepath.Base(file), pluginPrefix), file})
			}
		}
	}
	return found, nil
}

// checkNames refuses a second plugin of the same name, which status, logs and errors could not tell from the first.
func checkNames(external []program) error {
	named := map[string]program{}
	for _, b := range core.Builtins() {
		named[b.Name] = program{name: b.Name}
	}
	for _, p := range external {
		if other, taken := named[p.name]; taken {
			return fmt.Errorf("two plugins are named %s: %s and %s", p.name, other, p)
		}
		named[p.name] = p
	}
	return nil
}
