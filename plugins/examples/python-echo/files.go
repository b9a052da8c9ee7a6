// Package pythonecho holds the example in Python, of which `araldo plugins new` makes plugins.
package pythonecho

import _ "embed"

// Name stands in Program wherever the plugin's name does.
const Name = "python-echo"

// Program is the plugin; Wire is the plugin's side of the wire, which it imports as araldo_plugin.
var (
	//go:embed araldo-plugin-python-echo
	Program string
	//go:embed araldo_plugin.py
	Wire string
)
