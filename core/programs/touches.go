package programs

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// Touches is what a plugin needs of the system beyond its configuration. What a list does not name it does not need.
type Touches struct {
	// Listen and Connect are TCP ports, from 1 to 65535.
	Listen, Connect []int
	// Read and Write are absolute paths of files and of folders with all that is in them.
	Read, Write []string
}

var touchesKeys = []string{"listen", "connect", "read", "write"}

// Set reads one of its keys, as manifests and configurations have them.
func (t *Touches) Set(ps *core.Problems, e document.Entry) {
	switch e.Key {
	case "listen":
		t.Listen = e.Ports(ps)
	case "connect":
		t.Connect = e.Ports(ps)
	case "read":
		t.Read = e.Texts(ps, document.CleanPath, document.PathRule)
	case "write":
		t.Write = e.Texts(ps, document.CleanPath, document.PathRule)
	default:
		e.Unknown(ps, touchesKeys)
	}
}
