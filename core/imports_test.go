package core_test

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/araldo-relay/araldo/"

// mayImport says which of the project's packages each may import itself, tests aside; a trailing slash stands for all
// below. Arrows point one way: cmd -> plugins; cmd -> core/hub -> {config, routes, core/*}; core/host -> proto -> core;
// plugins/x -> plugins/sdk -> proto -> core.
var mayImport = map[string][]string{
	"core":                   {},
	"core/coretest":          {"core"},
	"core/delivery":          {"core"},
	"core/router":            {"core", "routes"},
	"core/control":           {"core", "core/peer", "core/profile", "core/replace"},
	"core/peer":              {},
	"core/replace":           {},
	"core/profile":           {},
	"core/tuning":            {},
	"core/host":              {"core", "core/isolation", "core/profile", "proto/"},
	"core/isolation":         {},
	"core/hub":               {"core", "core/control", "core/delivery", "core/holder", "core/host", "core/isolation", "core/metrics", "core/profile", "core/programs", "core/replace", "core/router", "core/trace", "core/tuning", "config", "routes"},
	"core/metrics":           {"core", "core/holder"},
	"core/holder":            {},
	"core/trace":             {"core"},
	"core/document":          {"core"},
	"core/programs":          {"core", "core/document", "core/replace"},
	"core/install":           {"core", "core/programs", "core/replace"},
	"config":                 {"core", "core/document", "core/programs", "routes"},
	"config/watch":           {},
	"routes":                 {"core", "core/document"},
	"proto/araldo/plugin/v1": {},
	"proto/wire":             {"core", "core/tuning", "proto/araldo/plugin/v1"},
	"plugins":                {"core", "core/isolation", "plugins/"},
	"plugins/sdk":            {"core", "core/peer", "core/profile", "core/tuning", "proto/"},
	"plugins/sdk/sdktest":    {"core", "core/host", "plugins/sdk", "proto/"},
	"plugins/":               {"core", "plugins/sdk"},
	"plugins/templates":      {"plugins/examples/python-echo", "proto"},
	"plugins/examples/":      {"plugins/sdk"},
	"proto":                  {},
	"plugins/file":           {"core", "plugins/sdk", "plugins/file/record"},
	"plugins/file/record":    {"core"},
	"plugins/file/done":      {"core", "plugins/file/record"},
	"plugins/redis":          {"core", "core/tuning", "plugins/sdk"},
	"plugins/websocket":      {"core", "core/holder", "core/tuning", "plugins/sdk", "plugins/websocket/client"},
	"cmd/": {"core", "core/control", "core/hub", "core/profile", "config", "config/watch", "routes", "plugins", "plugins/file/record",
		"plugins/file/done"},
	"cmd/araldo": {"core", "core/control", "core/document", "core/hub", "core/install", "core/profile", "core/programs", "core/tuning", "config", "config/watch", "routes", "plugins", "plugins/sdk/sdktest", "plugins/templates", "plugins/file/record",
		"plugins/file/done", "cmd/araldo/bench", "cmd/araldo/notify"},
	"cmd/araldo/notify":   {},
	"cmd/araldo/bench":    {"core", "core/control", "core/hub", "config", "routes"},
	"cmd/araldo-bench":    {"cmd/araldo-bench/"},
	"cmd/araldo-bench/":   {"cmd/araldo-bench/"},
	"cmd/araldo-torture":  {"core/control", "plugins/file/record", "cmd/araldo-torture/"},
	"cmd/araldo-torture/": {},
}

// standardOnly are packages that import nothing from outside the project but the standard library; noGRPC import
// neither gRPC nor go-plugin, directly or through others, so that they run under testing/synctest.
var (
	standardOnly = []string{"core"}
	noGRPC       = []string{"core", "core/delivery", "core/router", "routes", "config"}
)

func TestImportsPointOneWay(t *testing.T) {
	for _, line := range goList(t, "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[0], module)
		allowed, found := rule(name)
		if !found {
			t.Errorf("%s has no rule: give it one here and in the layout's description", name)
			continue
		}
		for _, imported := range fields[1:] {
			if own, ours := strings.CutPrefix(imported, module); ours && !matches(own, allowed) {
				t.Errorf("%s imports %s, may import %v", name, own, allowed)
			}
		}
	}
}

// rule finds the most exact entry for a package.
func rule(name string) ([]string, bool) {
	best, found := "", false
	for key := range mayImport {
		if (key == name || strings.HasSuffix(key, "/") && strings.HasPrefix(name, key)) && len(key) > len(best) {
			best, found = key, true
		}
	}
	return mayImport[best], found
}

func matches(name string, allowed []string) bool {
	for _, a := range allowed {
		if a == name || strings.HasSuffix(a, "/") && strings.HasPrefix(name, a) {
			return true
		}
	}
	return false
}

func TestEngineIsFreeOfGRPC(t *testing.T) {
	for _, name := range noGRPC {
		for _, dep := range goList(t, "{{join .Deps \"\\n\"}}", module+name) {
			if strings.HasPrefix(dep, "google.golang.org/grpc") || strings.HasPrefix(dep, "github.com/hashicorp/go-plugin") {
				t.Errorf("%s depends on %s", name, dep)
			}
		}
	}
	for _, name := range standardOnly {
		for _, imported := range goList(t, "{{join .Imports \"\\n\"}}", module+name) {
			if strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("%s imports %s: the standard library only", name, imported)
			}
		}
	}
}

// Only config reads files with viper.
func TestViperStaysInConfig(t *testing.T) {
	for _, line := range goList(t, "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		if strings.Contains(line, "spf13/viper") && !strings.HasPrefix(line, module+"config ") {
			t.Errorf("imports viper: %s", strings.Fields(line)[0])
		}
	}
}

func goList(t *testing.T, format string, packages ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-f", format}, packages...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
