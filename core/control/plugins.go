package control

import (
	"fmt"

	"github.com/araldo-relay/araldo/core"
)

// CodeUnknownPlugin says that no plugin of that name runs.
const CodeUnknownPlugin Code = "unknown-plugin"

// UnknownPlugin is the answer to a command for a plugin that is not among names.
func UnknownPlugin(name string, names []string) *Error {
	return &Error{CodeUnknownPlugin, fmt.Sprintf("there is no plugin %q", name), core.Nearest(name, names)}
}
