package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"
	"time"
)

// The names of the configuration that the run speaks of.
const (
	source   = "orders"
	archive  = "archive"
	mirror   = "mirror"
	browsers = "browsers"
	broken   = "broken"
	group    = "hub"
)

// configuration has one acked outlet with a dead letter, whose filter has no result for poison, and beside it a live
// outlet to browsers and one to a Redis that may be out of reach. Each Redis endpoint is a process of its own and goes
// through a fault proxy of its own. Many kills in a short time must not count as a plugin that can't live.
var configuration = template.Must(template.New("").Parse(`global: {server-port: {{.Port}}, metrics-port: {{.Metrics}}, data-dir: data, log-level: info}
plugins:
  endpoints:
{{- range $name, $address := .Links}}
    - {name: {{$name}}, id: endpoint-redis, url: 'redis://{{$address}}', stream: {{$name}}{{if eq $name "orders"}}, group: hub, claim-idle: {{$.ClaimIdle}}{{end -}}
      {{if eq $name "mirror"}}, maxlen: {{$.Variant.MaxLen}}{{end}}, process: own, restart: {{$.Restart}}}
{{- end}}
    - {name: browsers, id: endpoint-websocket, path: /ws, restart: {{.Restart}}}
    - {name: broken, id: endpoint-file, path: broken, restart: {{.Restart}}}
routes:
  orders:
    - to: archive
      when: 'int(attributes.grade) > 0'
      delivery: acked
      require: at-least-once
      dead-letter: broken
      retry: {initial: 50ms, max: 2s}
    - {to: browsers, delivery: live}
{{- if .Variant.Routed}}
    - {to: mirror, delivery: live, queue: {messages: {{.Variant.Queue}}}}
{{- end}}
`))

// variant is what reloads change: the mirror alone, so that nobody else may notice.
type variant struct {
	// Routed: the mirror has an outlet, whose queue takes Queue messages; its stream keeps MaxLen entries.
	Routed        bool
	Queue, MaxLen int
}

// variants come one after the other: an outlet's options, an endpoint's, an outlet less and one more.
var variants = []variant{{true, 1024, 1000}, {true, 512, 1000}, {true, 512, 2000}, {false, 512, 2000}}

// claimIdle is short, so that a run of a minute sees many claims.
const claimIdle = 2 * time.Second

// settings fill in the configuration.
type settings struct {
	Port, Metrics int
	// Links are the addresses of the fault proxies by endpoint.
	Links map[string]string
	// Restart is how all plugins are started again; ClaimIdle is how long another consumer's entries are left alone.
	Restart   string
	ClaimIdle time.Duration
	Variant   variant
}

// writeConfiguration writes dir/araldo.yaml.
func writeConfiguration(dir string, s settings) error {
	s.Restart, s.ClaimIdle = "{initial: 0s, limit: 0}", claimIdle
	var text strings.Builder
	if err := configuration.Execute(&text, s); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "araldo.yaml"), []byte(text.String()), 0o600)
}

// build makes the program under test of the tree that the working folder is in.
func build(dir string, race bool) (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the tree to build araldo of (or name a program with -araldo): %w", err)
	}
	program := filepath.Join(dir, "araldo")
	arguments := []string{"build", "-o", program}
	if race {
		arguments = append(arguments, "-race")
	}
	command := exec.Command("go", append(arguments, "./cmd/araldo")...)
	command.Dir = strings.TrimSpace(string(root))
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build araldo: %w\n%s", err, out)
	}
	return program, nil
}
