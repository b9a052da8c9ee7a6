package hub_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/mock"
	redisplugin "github.com/araldo-relay/araldo/plugins/redis"
	"github.com/araldo-relay/araldo/plugins/sdk"
	websocketplugin "github.com/araldo-relay/araldo/plugins/websocket"
)

// externalPrefix begins the names of programs in plugin directories.
const externalPrefix = "araldo-plugin-"

// externals are the plugins that this test binary serves where it is found under such a name.
var externals = map[string]sdk.Plugin{
	"mock": mock.Plugin, "redis": redisplugin.Plugin, "websocket": websocketplugin.Plugin, "lesser": lesser,
	"asker": askerPlugin, "clerk": clerkPlugin, "servant": servant, "intruder": intruder,
}

// serveExternal makes this process a plugin, if it was started as one. Those that are built in have such a name too.
func serveExternal() {
	name, is := strings.CutPrefix(filepath.Base(os.Args[0]), externalPrefix)
	if !is || os.Getenv(core.PluginMark) != "" {
		return
	}
	if name == "liar" {
		serveLiar()
	}
	sdk.Main(externals[name])
}

// installation is a plugin directory with programs that the hub does not have built in while the test runs.
type installation struct {
	t   *testing.T
	dir string
	// originals are two equal programs, which take turns under each name.
	originals []string
	turns     map[string]int
}

func installed(t *testing.T, names ...string) *installation {
	t.Helper()
	all := core.Builtins()
	core.DeclareBuiltins(slices.DeleteFunc(slices.Clone(all), func(b core.Builtin) bool { return slices.Contains(names, b.Name) }))
	t.Cleanup(func() { core.DeclareBuiltins(all) })
	i := &installation{t: t, dir: filepath.Join(t.TempDir(), "programs"), turns: map[string]int{}}
	if err := os.Mkdir(i.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		i.originals = append(i.originals, i.copyOfThis(fmt.Sprint("original", n)))
	}
	for _, name := range names {
		i.upgrade(name)
	}
	return i
}

// copyOfThis copies this test binary.
func (i *installation) copyOfThis(name string) string {
	i.t.Helper()
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		i.t.Fatal(err)
	}
	defer from.Close()
	path := filepath.Join(i.dir, name)
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		i.t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		i.t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		i.t.Fatal(err)
	}
	return path
}

func (i *installation) path(name string) string { return filepath.Join(i.dir, externalPrefix+name) }

// upgrade puts another file into the place of a program, as an installer does.
func (i *installation) upgrade(name string) {
	i.t.Helper()
	fresh := filepath.Join(i.dir, "fresh")
	i.turns[name]++
	if err := os.Link(i.originals[i.turns[name]%2], fresh); err != nil {
		i.t.Fatal(err)
	}
	if err := os.Rename(fresh, i.path(name)); err != nil {
		i.t.Fatal(err)
	}
}

// spoil puts a script into the place of a program.
func (i *installation) spoil(name, script string) {
	i.t.Helper()
	fresh := filepath.Join(i.dir, "fresh")
	if err := os.WriteFile(fresh, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		i.t.Fatal(err)
	}
	if err := os.Rename(fresh, i.path(name)); err != nil {
		i.t.Fatal(err)
	}
}
