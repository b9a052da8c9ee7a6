package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

const smallest = "plugins: {endpoints: [{name: a, id: x}]}\nroutes: {a: [a]}\n"

func TestDefaultsOfGlobal(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "")
	path := write(t, smallest)
	c, ps := Load(path, nil)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	g := c.Global
	if g.ServerPort != 54321 || g.Bind != "127.0.0.1" || g.LogLevel != "info" || g.MaxMessage != 1<<20 ||
		g.ShutdownTimeout != 20*time.Second || len(g.PluginDirs) != 0 {
		t.Errorf("got %+v", g)
	}
	if want := filepath.Join(filepath.Dir(path), "araldo-data"); g.DataDir != want {
		t.Errorf("data-dir is %s, want %s", g.DataDir, want)
	}
	t.Setenv("STATE_DIRECTORY", "/var/lib/araldo:/var/lib/other")
	if c, _ := Load(path, nil); c.Global.DataDir != "/var/lib/araldo" {
		t.Errorf("under a service manager data-dir is %s", c.Global.DataDir)
	}
}

// parity: A7
func TestPrecedenceOfGlobalKeys(t *testing.T) {
	path := write(t, "global: {log-level: error, server-port: 1111, shutdown-timeout: 1s, data-dir: state}\n"+smallest)
	t.Setenv("ARALDO_LOG_LEVEL", "fatal")
	t.Setenv("ARALDO_SERVER_PORT", "2222")
	flags := pflag.NewFlagSet("araldo", pflag.ContinueOnError)
	AddFlags(flags)
	if err := flags.Parse([]string{"--log-level", "debug"}); err != nil {
		t.Fatal(err)
	}
	c, ps := Load(path, flags)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	if g := c.Global; g.LogLevel != "debug" || g.ServerPort != 2222 || g.ShutdownTimeout != time.Second || g.Bind != "127.0.0.1" {
		t.Errorf("got %+v", g)
	}
	if want := filepath.Join(filepath.Dir(path), "state"); c.Global.DataDir != want {
		t.Errorf("data-dir is %s, want %s", c.Global.DataDir, want)
	}
}

func TestKeysOfMetricsAndTraces(t *testing.T) {
	c, ps := Load(write(t, smallest), nil)
	if g := c.Global; ps.Failed() || g.MetricsAddress() != "" || g.TraceEndpoint != "" || g.TraceSample != 0.01 {
		t.Errorf("the defaults are %+v, %v", c.Global, ps)
	}
	c, ps = Load(write(t, "global: {metrics-port: 0, metrics-bind: '::1', trace-endpoint: 'https://traces/x', trace-sample: 1}\n"+
		smallest), nil)
	if g := c.Global; ps.Failed() || g.MetricsAddress() != "[::1]:0" || g.TraceEndpoint != "https://traces/x" || g.TraceSample != 1 {
		t.Errorf("got %+v, %v", c.Global, ps)
	}
	for _, wrong := range []string{
		"metrics-port: 65536", "metrics-port: -1", "metrics-port: 010", "metrics-bind: '127.0.0.1:80'", "trace-sample: 1.1",
		"trace-sample: NaN", "trace-sample: -0.1", "trace-endpoint: '127.0.0.1:4318'", "trace-endpoint: 'grpc://traces'",
		"trace-endpoint: 'http://user:secret@traces'",
	} {
		_, ps := Load(write(t, "global: {"+wrong+"}\n"+smallest), nil)
		if key, _, _ := strings.Cut(wrong, ":"); len(ps) != 1 || !strings.Contains(ps.Error(), key) {
			t.Errorf("%s: got %v", wrong, ps)
		}
	}
}

func TestWrongFlagsAndVariablesAreNamed(t *testing.T) {
	t.Setenv("ARALDO_SERVER_PORT", "http")
	flags := pflag.NewFlagSet("araldo", pflag.ContinueOnError)
	AddFlags(flags)
	if err := flags.Parse([]string{"--log-level", "warnin"}); err != nil {
		t.Fatal(err)
	}
	_, ps := Load(write(t, smallest), flags)
	want := `$ARALDO_SERVER_PORT: server-port: "http" is not allowed: a port from 1 to 65535 is wanted
--log-level: log-level: "warnin" is not allowed: did you mean warning? allowed: debug, info, warning, error, fatal`
	if ps.Error() != want {
		t.Errorf("got  %s\nwant %s", ps.Error(), want)
	}
}

func TestPathsOfTheFileStartAtItsFolder(t *testing.T) {
	path := write(t, "global:\n  plugin-dirs:\n    - plugins\n    - nowhere\n"+smallest)
	dir := filepath.Dir(path)
	if err := os.Mkdir(filepath.Join(dir, "plugins"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, ps := Load(path, nil)
	if want := []string{filepath.Join(dir, "plugins")}; !slices.Equal(c.Global.PluginDirs, want) {
		t.Errorf("got %v, want %v", c.Global.PluginDirs, want)
	}
	if want := `F:3:5: plugin-dirs: "` + filepath.Join(dir, "nowhere") + `" is no folder`; told(ps, path) != want {
		t.Errorf("got %s\nwant %s", told(ps, path), want)
	}
	t.Setenv("ARALDO_PLUGIN_DIRS", dir+":"+os.TempDir())
	if c, ps := Load(path, nil); len(ps) > 0 || !slices.Equal(c.Global.PluginDirs, []string{dir, filepath.Clean(os.TempDir())}) {
		t.Errorf("got %v, %v", c.Global.PluginDirs, ps)
	}
}
