package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestWhatProgramsGet(t *testing.T) {
	t.Setenv("KAFKA_PASSWORD", "hush-hush")
	c, problems := load(t, `
plugins:
  programs:
    kafka:
      env: {OPTS: -Xmx1g, PASSWORD: "${env:KAFKA_PASSWORD}"}
      pass-env: [KRB5CCNAME]
      limits: {memory: 512MiB, open-files: 4096}
      sandbox: enforce
      touches: {listen: [9000], connect: [88, 9092], read: [/etc/krb5.conf], write: [/var/lib/kafka]}
    quiet:
`)
	if strings.Contains(problems, "programs") {
		t.Error(problems)
	}
	got := c.Program("kafka")
	want := Program{Name: "kafka", Position: got.Position, Env: map[string]string{"OPTS": "-Xmx1g", "PASSWORD": "hush-hush"},
		PassEnv: []string{"KRB5CCNAME"}, Limits: Limits{512 << 20, 4096}, Sandbox: SandboxEnforce, SandboxGiven: true,
		Touches: Touches{Listen: []int{9000}, Connect: []int{88, 9092}, Read: []string{"/etc/krb5.conf"}, Write: []string{"/var/lib/kafka"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	for _, name := range []string{"quiet", "absent"} {
		if p := c.Program(name); p.Sandbox != SandboxBestEffort || p.Limits != (Limits{}) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if masked := c.Secrets.Mask("it is hush-hush"); strings.Contains(masked, "hush-hush") {
		t.Error(masked)
	}
}

func TestWrongProgramsAreToldWithTheirPlaces(t *testing.T) {
	for text, want := range map[string]string{
		"{k: {sandbx: off}}":                    `sandbx`,
		"{k: {sandbox: maybe}}":                 `sandbox: "maybe" is not allowed`,
		"{k: {limits: {memory: 1MiB}}}":         `memory: "1MiB" is not allowed`,
		"{k: {limits: {files: 1}}}":             `files`,
		"{k: {touches: {connect: [0]}}}":        `connect: "0" is not allowed`,
		"{k: {touches: {read: [etc]}}}":         `read: "etc" is not allowed: an absolute path is wanted`,
		"{k: {touches: {write: [/a/../b]}}}":    `write: "/a/../b" is not allowed`,
		"{k: {env: {A-B: x}}}":                  `env: "A-B" is not allowed`,
		"{k: {env: {ARALDO_PLUGIN: redis}}}":    `env: "ARALDO_PLUGIN" is not allowed`,
		"{k: {env: {A: [x]}}}":                  `env: A is not allowed: a text is wanted`,
		"{k: {pass-env: [PLUGIN_MIN_PORT]}}":    `pass-env: "PLUGIN_MIN_PORT" is not allowed`,
		"{'a b': {}}":                           `programs: "a b" is not a plugin's name`,
		"{k: {touches: {reads: [/etc]}}}":       `reads`,
		"{k: {pass-env: [ARALDO_CONFINED]}}":    `ARALDO_CONFINED`,
		"{k: {limits: {open-files: 3000000}}}":  `open-files: "3000000" is not allowed`,
		"{k: {touches: {listen: [70000, x]}}}":  `listen: "70000" is not allowed`,
		"{k: {touches: {read: [/a, /a]}}}":      `read: "/a" stands twice`,
		"{k: {env: {9A: x}, pass-env: [\"\"]}}": `env: "9A" is not allowed`,
	} {
		if _, problems := load(t, "plugins:\n  programs: "+text+"\n"); !strings.Contains(problems, want) || !strings.Contains(problems, "F:2:") {
			t.Errorf("%s: %s\nwant %s", text, problems, want)
		}
	}
}

// What an instance's keys name is read from what the operator wrote.
func TestWhatAnInstanceReaches(t *testing.T) {
	for text, want := range map[string]Touches{
		"url: redis://h/0":                    {Listen: []int{6379}, Connect: []int{6379}},
		"url: \"http://h:8080/path\"":         {Listen: []int{8080}, Connect: []int{8080}},
		"brokers: [\"a:9092\", \"[::1]:93\"]": {Listen: []int{9092, 93}, Connect: []int{9092, 93}},
		"brokers: \"a:1, b:2\"":               {Listen: []int{1, 2}, Connect: []int{1, 2}},
		"listen: \":8443\"":                   {Listen: []int{8443}, Connect: []int{8443}},
		"port: 25":                            {Listen: []int{25}, Connect: []int{25}},
		"tls: {ca-port: 25}":                  {},
		"path: /ws":                           {Write: []string{"/ws"}},
		"path: archive":                       {Write: []string{"/base/folder/archive"}},
		"path: ../..":                         {},
		"folder: /":                           {},
		"folder: /base":                       {},
		"ca-file: ../ca.pem":                  {Write: []string{"/base/ca.pem"}},
		"url: \"unix:///run/redis.sock\"":     {Write: []string{"/run/redis.sock"}},
		"subject: orders.new":                 {},
		"text: \"10:61\"":                     {Listen: []int{61}, Connect: []int{61}},
		"count: 6379":                         {},
	} {
		c, problems := load(t, "plugins:\n  endpoints:\n    - {name: a, id: endpoint-x, "+text+"}\n")
		if len(c.Endpoints) != 1 {
			t.Fatal(problems)
		}
		if got := c.Endpoints[0].Reaches("/base/folder"); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestWhatDiffersInPrograms(t *testing.T) {
	const file = "plugins:\n  programs:\n    a: {env: {X: hush}, sandbox: off}\n    b: {limits: {open-files: 64}}\n"
	before, _ := load(t, file)
	after, _ := load(t, "plugins:\n  programs:\n    a: {env: {X: hush-hush, Y: z}, sandbox: off}\n    c: {sandbox: best-effort}\n")
	var got []string
	for _, change := range Compare(before, after, nil) {
		if change.Kind == ChangeProgram {
			got = append(got, change.String())
		}
	}
	want := []string{"program a changed (endpoint-restart): env.X, env.Y",
		"program b changed (endpoint-restart): limits.open-files 64 -> 0"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
