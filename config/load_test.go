package config

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/araldo-relay/araldo/routes"
)

// write puts a configuration into a folder of its own, named araldo.yaml.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "araldo.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load reads a configuration; the problems name the file as F.
func load(t *testing.T, text string) (*Config, string) {
	t.Helper()
	path := write(t, text)
	c, ps := Load(path, nil)
	return c, told(ps, path)
}

func told(ps core.Problems, path string) string { return strings.ReplaceAll(ps.Error(), path, "F") }

// parity: A2 A3 A4 A8 A9
func TestTheFileOf2012(t *testing.T) {
	c, ps := Load("testdata/ancestor.yaml", nil)
	want := `testdata/ancestor.yaml:6:6: warning: marshalling marshal-json is not used: an endpoint uses it by ` + "`marshalling: marshal-json`" + `
testdata/ancestor.yaml:9:7: warning: endpoint mock_1 stands in no route
testdata/ancestor.yaml:19:3: route redis_1 begins at no endpoint: did you mean "redis_2"? endpoints: mock_1, redis_2, redis_3`
	if ps.Error() != want {
		t.Errorf("got %s\nwant %s", ps.Error(), want)
	}
	if c.Global.ServerPort != 54321 || c.Global.LogLevel != "debug" {
		t.Errorf("global is %+v", c.Global)
	}
	if ps := c.CheckIDs([]string{"endpoint-mock", "endpoint-redis"}); ps.Failed() {
		t.Errorf("a marshalling that nobody uses stops the hub: %v", ps)
	}
	var got []string
	for _, in := range c.Endpoints {
		own, ps := in.JSON([]byte(`{"type": "object", "properties": {"channel": {"type": "string"}}, "additionalProperties": false}`))
		got = append(got, in.Name, in.ID, string(own), ps.Error())
	}
	if text := strings.Join(got, "|"); text != `mock_1|endpoint-mock|{"channel":"channel_1"}||redis_2|endpoint-mock|{"channel":"channel_2"}||redis_3|endpoint-mock|{"channel":"channel 3"}|` {
		t.Errorf("endpoints are %s", text)
	}
}

// parity: A9
func TestBothSpellingsOfTheGroups(t *testing.T) {
	for _, names := range [][2]string{{"endpoints", "marshalling"}, {"araldo.endpoints.endpoint", "araldo.marshalling"}} {
		c, problems := load(t, "plugins:\n  "+names[0]+": [{name: a, id: x, marshalling: j}]\n  "+names[1]+
			": [{name: j, id: y}]\nroutes: {a: [a]}\n")
		if problems != "" || len(c.Endpoints) != 1 || len(c.Marshallings) != 1 || c.Endpoints[0].Marshalling != "j" {
			t.Errorf("%v: %+v, %s", names, c, problems)
		}
	}
}

func TestDefaultsOfAnInstance(t *testing.T) {
	c, problems := load(t, "plugins: {endpoints: [{name: A.b-c_1, id: x}]}\nroutes: {A.b-c_1: [A.b-c_1]}\n")
	in := c.Endpoints[0]
	if problems != "" || !in.Enabled || in.OwnProcess || in.Restart != DefaultRestart || in.OnFailure != "disable" ||
		in.Timeout != 10*time.Second || in.Trust != nil || in.Name != "A.b-c_1" {
		t.Errorf("got %+v, %s", in, problems)
	}
}

func TestKeysOfAnInstance(t *testing.T) {
	c, problems := load(t, `plugins:
  endpoints:
    - name: a
      id: x
      enabled: false
      process: own
      restart: {initial: 1s, max: 1m, limit: 3, window: 2m}
      on-failure: exit
      timeout: 5s
      trust: [to]
routes: {a: [a]}
`)
	in := c.Endpoints[0]
	if problems != "" || in.Enabled || !in.OwnProcess || in.Restart != (Restart{time.Second, time.Minute, 3, 2 * time.Minute}) ||
		in.OnFailure != "exit" || in.Timeout != 5*time.Second || len(in.Trust) != 1 || in.Trust[0] != "to" {
		t.Errorf("got %+v, %s", in, problems)
	}
}

func TestStrangersAreNotTrusted(t *testing.T) {
	said, silent := Instance{Trust: []string{}}, Instance{}
	listening := core.Assessment{Claims: []string{"listen:127.0.0.1:54321/ws"}}
	if got := silent.Trusted(listening); len(got) != 0 {
		t.Errorf("who connects is trusted with %v", got)
	}
	if got := silent.Trusted(core.Assessment{Claims: []string{"consumer:x"}}); len(got) != len(trustable) {
		t.Errorf("a middleware is trusted with %v", got)
	}
	if got := said.Trusted(core.Assessment{}); len(got) != 0 {
		t.Errorf("`trust: []` trusts with %v", got)
	}
}

// parity: A4 A7 A8 A11
// fault: B15 B16
func TestAllProblemsComeAtOnceWithTheirPlaces(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"plugns: {}\n", `F: warning: there are no routes: nothing will be relayed: a route is the name of an endpoint and a list of endpoints below it
F:1:1: unknown key "plugns": did you mean "plugins"? allowed: global, plugins, routes`},
		{"- a\n", "F:1:1: the file is a list, not a mapping: write it as `key: value` lines"},
		{`global:
  log-level: warn
  server-prot: 1
  server-port: 70000
  bind: 127.0.0.1:80
  max-message: 4MiB
  shutdown-timeout: soon
  plugin-dirs: nowhere
plugins:
  endpoint: []
routes: {a: [a]}
`, `F:2:14: log-level: "warn" is not allowed: allowed: debug, info, warning, error, fatal
F:3:3: unknown key "server-prot": did you mean "server-port"? allowed: server-port, bind, log-level, data-dir, max-message, shutdown-timeout, metrics-port, metrics-bind, trace-endpoint, trace-sample, verify, plugin-dirs
F:4:16: server-port: "70000" is not allowed: a port from 1 to 65535 is wanted
F:5:9: bind: "127.0.0.1:80" is not allowed: an IP address or host name without port is wanted; 0.0.0.0 and :: mean all addresses
F:6:16: max-message: "4MiB" is not allowed: a size from 1KiB to 3MiB is wanted, such as 64KiB
F:7:21: shutdown-timeout: "soon" is not allowed: a time from 1ms to 1h is wanted, such as 20s
F:8:16: plugin-dirs is "nowhere", not a list: write it as lines that begin with ` + "`- `" + `
F:10:3: unknown key "endpoint": did you mean "endpoints"? allowed: araldo.endpoints.endpoint, araldo.marshalling, endpoints, marshalling, programs
F:11:10: route a begins at no endpoint
F:11:14: route a leads to a, which is no endpoint`},
		{`plugins:
  endpoints:
    - name: a
      id: x
      enabled: yes
      process: owned
      restart: {initial: 1m, max: 1s, limits: 3}
      on-failure: stop
      timeout: 10
      trust: [too]
      marshalling: jsn
    - name: a
      id: x
    - name: b c
      id: x
    - id: x
    - name: d
    -
    - plain
  marshalling:
    - name: a
      id: y
    - name: json
      id: y
  araldo.marshalling: []
routes: {a: [a, b c, d]}
`, `F:5:16: enabled: "yes" is not allowed: true or false is wanted
F:6:16: process: "owned" is not allowed: did you mean "own"? allowed: shared, own
F:7:16: restart: initial 1m is more than max 1s: the pause grows from ` + "`initial` to `max`" + `
F:7:39: unknown key "limits": did you mean "limit"? allowed: initial, max, limit, window
F:8:19: on-failure: "stop" is not allowed: allowed: disable, exit
F:9:16: timeout: "10" is not allowed: a time from 1ms to 1h is wanted, such as 20s
F:10:14: trust: "too" is not allowed: did you mean "to"? allowed: to, hops, correlation, traceparent
F:11:20: endpoint a: no marshalling is named "jsn": did you mean "json"? marshallings: json
F:12:13: name a stands twice, first at F:3:13: give one of them another name
F:14:13: name: "b c" is not allowed: a name is 1 to 64 of the characters A-Z a-z 0-9 . _ -
F:16:7: endpoint has no ` + "`name`: each has a `name:` of its own and the `id:` of what it is" + `
F:17:7: endpoint d has no ` + "`id`: each has a `name:` of its own and the `id:` of what it is" + `
F:18:6: an empty entry under endpoint: write ` + "`- name: ...` and `id: ...`" + `
F:19:7: this endpoint is "plain", not a mapping: write it as ` + "`key: value`" + ` lines
F:21:13: name a stands twice, first at F:3:13: give one of them another name
F:23:7: warning: marshalling json is not used: an endpoint uses it by ` + "`marshalling: json`" + `
F:25:3: marshalling and araldo.marshalling are the same group: put both lists under one of them`},
	} {
		if _, got := load(t, c.text); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "/none.yaml: can't be read: no such file or directory",
		dir:                             ": can't be read: is a directory",
	} {
		c, ps := Load(path, nil)
		if c != nil || strings.TrimPrefix(ps.Error(), dir) != want {
			t.Errorf("got %v, %s", c, ps.Error())
		}
	}
}

// fault: B15
func TestAFileOfTenMegabytes(t *testing.T) {
	start := time.Now()
	c, got := load(t, strings.Repeat("# nothing but comments\n", 10<<20/23))
	if c != nil || got != "F:11398:14: the file is too long: a configuration is at most 256KiB" {
		t.Errorf("got %s", got)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %s", took)
	}
}

func TestIDs(t *testing.T) {
	text := `plugins:
  endpoints: [{name: a, id: endpoint-reds}, {name: b, id: endpoint-redis, marshalling: j}, {name: c, id: marshal-json}]
  marshalling: [{name: j, id: marshal-jsn}, {name: unused, id: marshal-x}]
routes: {a: [b, c]}
`
	path := write(t, text)
	c, _ := Load(path, nil)
	ps := c.CheckIDs([]string{"marshal-json", "endpoint-redis"})
	ps = append(ps, c.CheckKinds([]core.TypeInfo{{ID: "marshal-json", Kind: core.KindMarshalling}})...)
	Sort(ps)
	want := `F:2:29: endpoint a: no plugin offers the id "endpoint-reds": did you mean "endpoint-redis"? known: endpoint-redis, marshal-json
F:2:106: endpoint c: marshal-json is offered as marshalling: move it to that group
F:3:31: marshalling j: no plugin offers the id "marshal-jsn": did you mean "marshal-json"? known: endpoint-redis, marshal-json
F:3:64: warning: marshalling unused: no plugin offers the id "marshal-x": did you mean "marshal-json"? known: endpoint-redis, marshal-json`
	if got := told(ps, path); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// parity: D2
// fault: B16
func TestEqualClaims(t *testing.T) {
	path := write(t, "plugins:\n  endpoints:\n    - {name: a, id: x}\n    - {name: b, id: y}\nroutes: {a: [b]}\n")
	c, _ := Load(path, nil)
	ps := c.CheckClaims(map[string]core.Assessment{
		"a": {Claims: []string{"listen:127.0.0.1:54321/ws", "listen:127.0.0.1:54321/ws"}},
		"b": {Claims: []string{"listen:127.0.0.1:54321/other", "listen:127.0.0.1:54321/ws"}},
	})
	want := "F:4:7: a and b both take listen:127.0.0.1:54321/ws: a stands at F:3:7; let one of them take another"
	if got := told(ps, path); got != want {
		t.Errorf("got %s", got)
	}
}

// Every example is a file that loads without a problem, so a newcomer's first run can't fail at it; the one of 2012
// keeps a marshalling that it never used.
func TestExamplesLoad(t *testing.T) {
	t.Setenv("REDIS_PASSWORD", "p")
	files, err := filepath.Glob("../routes/examples/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		c, ps := Load(path, nil)
		if c == nil || ps.Failed() || len(ps) > 0 && filepath.Base(path) != "ancestor.yaml" {
			t.Errorf("%s: %v", path, ps)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fault: B15
func TestManyProblemsCostLittle(t *testing.T) {
	endpoints := func(line string, n int) string {
		var b strings.Builder
		b.WriteString("plugins:\n  endpoints:\n")
		for i := range n {
			b.WriteString(strings.ReplaceAll(line, "N", strconv.Itoa(i)))
		}
		return b.String()
	}
	t.Setenv("SOME_SECRET", "s3cret")
	for name, text := range map[string]string{
		"unknown keys":  "a: b\n" + strings.Repeat("bc: d\n", document.MaxBytes/8),
		"endpoints":     endpoints("  - {name: endpointN, id: x, marshalling: mN}\n", 2000) + "routes: {endpoint: [" + strings.Repeat("endpint,", 8000) + "]}\n",
		"substitutions": endpoints("  - {name: eN, id: x, y: '${env:SOME_SECRET}N ${env:SOME_SECRET}'}\n", 1500) + "routes: {e1: [e2]}\n",
	} {
		path := write(t, text)
		start := time.Now()
		if _, ps := Load(path, nil); len(ps) == 0 {
			t.Errorf("%s: nothing is wrong", name)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, path := range []string{"testdata/ancestor.yaml", "../routes/examples/bridge.yaml", "../routes/examples/chat.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("plugins: {endpoints: [{name: a, id: x, n: 1e999, b: [yes, 012], s: {t: ~}}]}"))
	compiled := &schemas{}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, ps := document.Parse("f", text)
		if ps.Failed() {
			return
		}
		c := newConfig("f", "/nowhere")
		c.schemas = compiled
		ps = c.load(doc, nil)
		Sort(ps)
		for i := range c.Endpoints {
			in := &c.Endpoints[i]
			own, found := in.JSON([]byte(someSchema))
			if (own == nil) != found.Failed() {
				t.Fatalf("JSON %s with %v", own, found)
			}
			in.Redacted([]byte(someSchema))
			in.Problem(core.Diagnostic{Path: "/s/t/0"})
		}
		if !ps.Failed() {
			routes.CheckAbilities(c.Routes, c.Ends(nil))
		}
	})
}
