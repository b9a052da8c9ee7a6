package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shellPrograms begin the lines of a page that are for a shell.
var shellPrograms = regexp.MustCompile(`^(araldo|go|make|redis-cli|curl|jq|git|docker|kubectl|systemctl|journalctl)( |$)`)

// finite are commands that end by themselves and change nothing: what pages show of them is run.
var finite = []string{"status", "check", "routes", "guarantees", "plugins list", "plugins describe", "config schema",
	"config init", "version", "help"}

// scripted are the other commands, with the script that runs each. Of the lines that pages show of them it is only shown
// that they are right.
var scripted = map[string]string{
	"serve": "serve.txtar", "tap": "tap.txtar", "send": "tap.txtar", "connect": "connect.txtar", "stop": "serve.txtar",
	"enable": "enable.txtar", "disable": "enable.txtar", "demo": "demo.txtar", "completion": "topics.txtar",
	"plugins install": "install.txtar", "plugins upgrade": "install.txtar", "plugins verify": "install.txtar", "plugins remove": "install.txtar",
	"plugins test": "plugintest.txtar", "plugins new": "newplugin.txtar", "reload": "reload.txtar", "plugins restart": "restart.txtar", "pprof": "pprof.txtar", "bench": "bench.txtar",
	"dlq list": "dlq.txtar", "dlq show": "dlq.txtar", "dlq replay": "dlq.txtar", "dlq drop": "dlq.txtar",
}

// notRun are lines of pages that no test runs as they stand, and why.
var notRun = map[string]string{
	"go build -o araldo-plugin-shout .":                               "stands in a folder that `araldo plugins new` made; newplugin.txtar runs it",
	"araldo status --watch":                                           "does not end; watch.txtar runs it",
	"go tool -modfile":                                                "is how the Makefile calls buf, which `make proto-check` does",
	"go test -bench . ./core/delivery":                                "measures for minutes; the tests compile the benchmarks",
	"go test -bench . ./plugins/marshal":                              "measures for minutes; the tests compile the benchmarks",
	"go run ./cmd/araldo-torture -plan mixed -duration 1m":            "is what `make torture-minute` runs",
	"go run ./cmd/araldo-torture -plan F5 -outage 10m -duration 1s":   "lasts ten minutes; the tests of cmd/araldo-torture run the plan with a shorter outage",
	"go run ./cmd/araldo-bench list":                                  "is a table of what the tests of cmd/araldo-bench run",
	"go run ./cmd/araldo-bench run --program araldo=bin/araldo w1 w2": "measures; the tests of cmd/araldo-bench run every workload",
	"go run ./cmd/araldo-bench run --relay forwarder --relay deploy/bench/araldo.yaml --rounds 5 --size 1024 w3-50":                                                                                 "measures; the tests of cmd/araldo-bench run every workload",
	"go run ./cmd/araldo-bench run --program araldo=bin/araldo --size 64,1024,16384,1048576 w3":                                                                                                     "measures; the tests of cmd/araldo-bench run it with large messages",
	"go run ./cmd/araldo-bench grow --program araldo=bin/araldo outlets routes":                                                                                                                     "measures; the tests of cmd/araldo-bench run it with fewer cases",
	"go run ./cmd/araldo-bench run --relay forwarder --relay deploy/bench/nats.yaml --relay deploy/bench/araldo.yaml --program nats-server=nats-server --program araldo=bin/araldo w3 w3-50 w3-500": "measures, and needs a peer; the tests of cmd/araldo-bench read its description",
	"go install github.com/araldo-relay/araldo/cmd/araldo@latest":                                                                                                                                   "takes what is published; the tests of .ci/release install from the tree",
	"docker build -f deploy/Dockerfile -t araldo .":                                                                                                                                                 "needs Docker; the tests of .ci/deploy do what the file says and run what it runs",
	"docker compose -f deploy/compose.yaml up --build":                                                                                                                                              "needs Docker; the tests of .ci/manifests read the file as it does",
	"kubectl apply -f deploy/kubernetes":                                                                                                                                                            "needs a cluster; the tests of .ci/manifests read the files by its types",
	"systemctl reload araldo":                                                                                                                                                                       "needs systemd; the tests of .ci/deploy have it judge the unit, and TestAServiceManagerHearsHowItGoes reloads",
	"jq -r .payload archive/*.jsonl":                                                                                                                                                                "needs jq; the tests of plugins/file/record hold the records to their names",
}

// stand are what placeholders and paths of another machine become.
var stand = strings.NewReplacer("go run ./cmd/araldo", "araldo", "NAME", "browsers", "FILE", "araldo.yaml", "COMMAND", "serve", "URL", "ws://127.0.0.1:54321/ws",
	" ID", " endpoint-redis", "/var/lib/araldo/", "araldo-data/")

// Every line for a shell in any page is run, or is right by the command line's own judgement and a script runs its command,
// or stands in notRun. The indented lines of the root README and of the recipes
// are run by TestTheFirstMinute and TestTheRecipes.
func TestPagesShowWhatRuns(t *testing.T) {
	shell := newNewcomer(t)
	first, err := os.ReadFile("../../routes/examples/first.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shell.dir, "araldo.yaml"), first, 0o600); err != nil {
		t.Fatal(err)
	}
	shell.start("araldo serve", "araldo is ready")
	done := map[string]bool{}
	for page, lines := range shellLines(t) {
		for _, line := range lines {
			if _, skipped := notRun[line]; done[line] || skipped {
				done[line] = true
				continue
			}
			done[line] = true
			switch program, rest, _ := strings.Cut(stand.Replace(line), " "); program {
			case "araldo":
				if runs(t, page, rest) {
					shell.run("araldo " + rest)
				}
			case "make":
				isTarget(t, page, rest)
			case "curl", "redis-cli":
				shell.run(program + " " + rest)
			default:
				t.Errorf("%s: no test runs `%s`", page, line)
			}
		}
	}
	shell.interrupt()
	for line := range notRun {
		if !done[line] {
			t.Errorf("no page shows `%s`", line)
		}
	}
}

// runs holds a command line of araldo to what the commands take, and reports whether it ends by itself.
func runs(t *testing.T, page, line string) bool {
	t.Helper()
	words := strings.Fields(line)
	command, rest, err := newRoot().Find(words)
	if err != nil {
		t.Errorf("%s: araldo %s: %v", page, line, err)
		return false
	}
	path := strings.TrimPrefix(strings.TrimPrefix(command.CommandPath(), "araldo"), " ")
	if len(rest) > 0 {
		if err := command.ParseFlags(rest); err != nil {
			t.Errorf("%s: araldo %s: %v", page, line, err)
		} else if err := command.ValidateArgs(command.Flags().Args()); err != nil {
			t.Errorf("%s: araldo %s: %v", page, line, err)
		}
	}
	if slices.Contains(finite, path) {
		return len(rest) > 0 || command.ValidateArgs(nil) == nil
	}
	if path == "" || command.HasSubCommands() && path != "completion" {
		return false
	}
	script, err := os.ReadFile(filepath.Join("testdata", scripted[path]))
	if err != nil || !regexp.MustCompile(`(araldo|start \S+) `+path+`\b`).Match(script) {
		t.Errorf("%s: araldo %s: no script runs %s: %v", page, line, path, err)
	}
	return false
}

func isTarget(t *testing.T, page, name string) {
	t.Helper()
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\n"+name+":") {
		t.Errorf("%s: there is no make %s", page, name)
	}
}

var span = regexp.MustCompile("`([^`]+)`")

// shellLines are the lines of each page that begin with a program: between backquotes, indented, or in fenced blocks. Usage
// lines with [brackets] are the program's own and left out.
func shellLines(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		page := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		keep := func(line string) {
			line = strings.Join(strings.Fields(strings.TrimPrefix(line, "$ ")), " ")
			if shellPrograms.MatchString(line) && !strings.ContainsAny(line, "[{") {
				found[page] = append(found[page], line)
			}
		}
		var prose strings.Builder
		fenced := false
		for line := range strings.Lines(string(text)) {
			fence := strings.HasPrefix(strings.TrimSpace(line), "```")
			fenced = fenced != fence
			switch {
			case fence:
			case fenced, strings.HasPrefix(line, "    ") && page != "README.md" && page != "routes/README.md":
				keep(strings.TrimSpace(line))
			case !fenced && !strings.HasPrefix(line, "    "):
				prose.WriteString(line)
			}
		}
		for _, one := range span.FindAllStringSubmatch(prose.String(), -1) {
			keep(one[1])
		}
		return nil
	})
	if err != nil || len(found) < 5 {
		t.Fatalf("%d pages have lines, %v", len(found), err)
	}
	return found
}
