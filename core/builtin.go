package core

import "slices"

// Builtin is a plugin that this program serves itself when it is started again as one.
type Builtin struct {
	// Name is the plugin's name, such as redis; IDs are what it offers.
	Name string
	IDs  []string
}

// PluginMark is the environment variable that names the built-in plugin a child process is to serve.
const PluginMark = "ARALDO_PLUGIN"

var builtins []Builtin

// DeclareBuiltins says that this process reached the line where, as a child, it would have become a plugin. Only
// plugins.Main calls it, before anything else runs; the state is the process's own, hence global.
func DeclareBuiltins(list []Builtin) { builtins = slices.Clone(list) }

// Builtins returns what DeclareBuiltins was told, nil if it never was called.
func Builtins() []Builtin { return builtins }
