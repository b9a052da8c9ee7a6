// Package plugins is the list of the plugins that are built into araldo, and the way in which a program that embeds the
// hub becomes one of them.
package plugins

import (
	"fmt"
	"os"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/isolation"
	"github.com/araldo-relay/araldo/plugins/file"
	"github.com/araldo-relay/araldo/plugins/marshal"
	"github.com/araldo-relay/araldo/plugins/mock"
	"github.com/araldo-relay/araldo/plugins/redis"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/websocket"
)

var builtin = []sdk.Plugin{file.Plugin, marshal.Plugin, mock.Plugin, redis.Plugin, websocket.Plugin}

// Main must be the first line of main in every program that runs a hub. The hub starts its built-in plugins by starting
// the program itself again, with core.PluginMark in the environment: in such a child Main serves the plugin and does not
// return. In any other process it tells the hub that it was called, and returns. Plugins that are kept to what they need are
// such children too, until they have confined themselves and become their own programs.
func Main() {
	isolation.Main()
	name := os.Getenv(core.PluginMark)
	if name == "" {
		core.DeclareBuiltins(declarations())
		return
	}
	for _, p := range builtin {
		if p.Name == name {
			sdk.Main(p)
		}
	}
	fmt.Fprintf(os.Stderr, "araldo: error: %s=%q: no such plugin is built in\n", core.PluginMark, name)
	os.Exit(2)
}

func declarations() []core.Builtin {
	list := make([]core.Builtin, len(builtin))
	for i, p := range builtin {
		list[i].Name = p.Name
		for _, t := range p.Types {
			list[i].IDs = append(list[i].IDs, t.ID())
		}
	}
	return list
}

// Infos describes the built-in plugins, without starting any. Their version is the program's and left out.
func Infos() []core.PluginInfo {
	list := make([]core.PluginInfo, len(builtin))
	for i, p := range builtin {
		list[i] = p.Info()
	}
	return list
}
