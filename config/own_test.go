package config

import (
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// someSchema is written as the SDK writes schemas.
const someSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "channel": {"type": "string", "minLength": 1, "description": "the channel"},
    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    "ratio": {"type": "number"},
    "echo": {"type": "boolean"},
    "slow": {"type": "string", "enum": ["drop", "wait"]},
    "every": {"type": "string", "pattern": "^(0|-?([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$"},
    "size": {"type": "string", "pattern": "^[0-9]+ *(B|KiB|MiB|GiB|kB|MB|GB)?$"},
    "password": {"type": "string", "writeOnly": true, "maxLength": 20},
    "url": {"type": "string", "writeOnly": true},
    "origins": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "tls": {"type": "object", "properties": {"cert": {"type": "string"}, "verify": {"type": "boolean"}},
            "additionalProperties": false, "required": ["cert"]},
    "any": {},
    "either": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
  },
  "additionalProperties": false
}`

// instance loads one endpoint with the keys given as lines of YAML.
func instance(t *testing.T, keys string) (*Config, *Instance, string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(keys, "\n"), "\n")
	path := write(t, "plugins:\n  endpoints:\n    - name: a\n      id: x\n      "+strings.Join(lines, "\n      ")+
		"\nroutes: {a: [a]}\n")
	c, ps := Load(path, nil)
	if ps.Failed() {
		t.Fatal(ps)
	}
	return c, &c.Endpoints[0], path
}

// fault: B15
func TestScalarsBecomeWhatTheSchemaWants(t *testing.T) {
	for keys, want := range map[string]string{
		"channel: NO":                     `{"channel":"NO"}`,
		"channel: 012":                    `{"channel":"012"}`,
		"channel: 1.0":                    `{"channel":"1.0"}`,
		"channel: true":                   `{"channel":"true"}`,
		"channel: 2001-01-01":             `{"channel":"2001-01-01"}`,
		"channel: 0x1f":                   `{"channel":"0x1f"}`,
		"port: 6379":                      `{"port":6379}`,
		"ratio: 1e3":                      `{"ratio":1e3}`,
		"ratio: 7":                        `{"ratio":7}`,
		"echo: True":                      `{"echo":true}`,
		"every: 20s":                      `{"every":"20s"}`,
		"size: 512":                       `{"size":"512"}`,
		"origins: [a, 1, yes]":            `{"origins":["a","1","yes"]}`,
		"labels: {a: 1, b: true, c: 1e3}": `{"labels":{"a":"1","b":"true","c":"1e3"}}`,
		"tls: {cert: 7, verify: false}":   `{"tls":{"cert":"7","verify":false}}`,
		"any: [1, 1.5, true, a, ~, '1', 012, 123456789012345678901234567890]": `{"any":[1,1.5,true,"a",null,"1","012",123456789012345678901234567890]}`,
		"either: 1":                         `{"either":"1"}`,
		"either: [1]":                       `{"either":["1"]}`,
		"tls: &t {cert: a}\nany: *t":        `{"any":{"cert":"a"},"tls":{"cert":"a"}}`,
		"any: &t {cert: a}\ntls:\n  <<: *t": `{"any":{"cert":"a"},"tls":{"cert":"a"}}`,
		"enabled: true\ntimeout: 1s":        `{}`,
	} {
		_, in, _ := instance(t, keys)
		got, ps := in.JSON([]byte(someSchema))
		if string(got) != want || len(ps) > 0 {
			t.Errorf("%s: got %s, want %s; %v", keys, got, want, ps)
		}
	}
}

// parity: A8
// fault: B15
func TestOwnKeysAreCheckedBySchema(t *testing.T) {
	for _, c := range []struct{ keys, want string }{
		{"chanel: a", `F:5:7: endpoint a: unknown key "chanel": did you mean "channel"? allowed: any, channel, echo, either, enabled, every, id, labels, marshalling, name, on-failure, origins, password, port, process, ratio, restart, size, slow, timeout, tls, trust, url`},
		{"channel:", `F:5:7: endpoint a: channel: no value is given: a text is wanted`},
		{"channel: [a]", `F:5:16: endpoint a: channel: a list is not allowed: a text is wanted`},
		{"channel: ''", `F:5:16: endpoint a: channel: "" is not allowed: at least 1 characters`},
		{"port: abc", `F:5:13: endpoint a: port: "abc" is not allowed: a whole number is wanted`},
		{"port: '6379'", `F:5:13: endpoint a: port: "6379" is not allowed: a whole number is wanted`},
		{"port: 1.0", `F:5:13: endpoint a: port: "1.0" is not allowed: a whole number is wanted`},
		{"port: 012", `F:5:13: endpoint a: port: "012" is not allowed: a whole number is wanted`},
		{"port: 0", `F:5:13: endpoint a: port: "0" is not allowed: at least 1`},
		{"port: 70000", `F:5:13: endpoint a: port: "70000" is not allowed: at most 65535`},
		{"port: 1e999999999", `F:5:13: endpoint a: port: "1e999999999" is not allowed: a whole number is wanted`},
		{"ratio: .inf", `F:5:14: endpoint a: ratio: ".inf" is not allowed: a number is wanted`},
		{"echo: yes", `F:5:13: endpoint a: echo: "yes" is not allowed: true or false is wanted`},
		{"echo: 1", `F:5:13: endpoint a: echo: "1" is not allowed: true or false is wanted`},
		{"port: true", `F:5:13: endpoint a: port: "true" is not allowed: a whole number is wanted`},
		{"slow: dorp", `F:5:13: endpoint a: slow: "dorp" is not allowed: did you mean "drop"? allowed: drop, wait`},
		{"every: soon", `F:5:14: endpoint a: every: "soon" is not allowed: a time such as 20s or 1m30s is wanted`},
		{"size: big", `F:5:13: endpoint a: size: "big" is not allowed: a size such as 512 or 64KiB is wanted`},
		{"origins: [a, [b]]", `F:5:20: endpoint a: origins.1: a list is not allowed: a text is wanted`},
		{"origins: [a, b, c, d]", `F:5:16: endpoint a: origins: a list is not allowed: at most 3 in the list`},
		{"tls: {crt: a}", `F:5:12: endpoint a: tls: key "cert" is missing
F:5:13: endpoint a: tls: unknown key "crt": did you mean "cert"? allowed: cert, verify`},
		{"password: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", `F:5:17: endpoint a: password: the value is not allowed: at most 20 characters`},
		{"either: {a: b}", `F:5:15: endpoint a: either: a mapping is not allowed: a text is wanted`},
		{"any: {a: 1, a: 2}", `F:5:19: key "a" stands twice, first in line 5: remove one`},
	} {
		_, in, path := instance(t, c.keys)
		own, ps := in.JSON([]byte(someSchema))
		Sort(ps)
		if got := told(ps, path); got != c.want || own != nil {
			t.Errorf("%s:\n got %s\nwant %s", c.keys, got, c.want)
		}
	}
}

func TestSchemasThatCannotBeUsed(t *testing.T) {
	for schema, want := range map[string]string{
		"":                               "there is none",
		"{":                              "unexpected EOF",
		`{"type": 5}`:                    "is not valid against metaschema",
		`{"$ref": "http://x.invalid/s"}`: "outside itself",
		`{"$ref": "file:///etc/passwd"}`: "outside itself",
	} {
		_, in, path := instance(t, "channel: a")
		own, ps := in.JSON([]byte(schema))
		if got := told(ps, path); own != nil || !strings.HasPrefix(got, "F:3:7: endpoint a: the schema of x can't be used: ") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", schema, got)
		}
		if in.Redacted([]byte(schema)) != nil {
			t.Errorf("%s: printed", schema)
		}
	}
}

func TestSchemasThatReferToThemselves(t *testing.T) {
	_, in, _ := instance(t, "tree: {tree: {tree: {name: 1}}}")
	own, ps := in.JSON([]byte(`{"type": "object", "properties": {"tree": {"$ref": "#"}, "name": {"type": "string"}}}`))
	if string(own) != `{"tree":{"tree":{"tree":{"name":"1"}}}}` {
		t.Errorf("got %s, %v", own, ps)
	}
}

func TestFindingsOfAPluginGetTheirPlace(t *testing.T) {
	_, in, path := instance(t, "origins: [a, b]\nlabels: {x/y: 1, 'm~n': 2}\npassword: hunter22")
	if _, ps := in.JSON([]byte(someSchema)); len(ps) > 0 {
		t.Fatal(ps)
	}
	for _, c := range []struct {
		diagnostic core.Diagnostic
		want       string
	}{
		{core.Diagnostic{Severity: core.SeverityError, Path: "/origins/1", Summary: "no origin", Detail: "write scheme://host"}, "F:5:20: endpoint a: origins.1: no origin: write scheme://host"},
		{core.Diagnostic{Severity: core.SeverityWarning, Path: "/labels/x~1y", Summary: "odd"}, "F:6:21: warning: endpoint a: labels.x/y: odd"},
		{core.Diagnostic{Severity: core.SeverityError, Path: "/labels/m~0n", Summary: "odd"}, "F:6:31: endpoint a: labels.m~n: odd"},
		{core.Diagnostic{Severity: core.SeverityError, Summary: "whole"}, "F:3:7: endpoint a: whole"},
		{core.Diagnostic{Severity: core.SeverityError, Path: "/none/x", Summary: "elsewhere"}, "F:3:7: endpoint a: none.x: elsewhere"},
		{core.Diagnostic{Severity: 9, Summary: "of a plugin that is newer"}, "F:3:7: endpoint a: of a plugin that is newer"},
		{core.Diagnostic{Severity: core.SeverityError, Path: "/password", Summary: "hunter22 is weak", Detail: "not \"hunter22\""}, "F:7:17: endpoint a: password: [redacted] is weak: not \"[redacted]\""},
	} {
		if got := told(core.Problems{in.Problem(c.diagnostic)}, path); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
