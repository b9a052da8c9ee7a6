package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// fault: B16
func TestSubstitution(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"pw": "s3cret-of-file\n", "crlf": "s3cret\r\n", "two": "a\n\n", "binary": "\xff\xfe"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open := filepath.Join(dir, "open")
	if err := os.WriteFile(open, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOME_VALUE", "v: {evil}\n- x # ${env:OTHER}")
	t.Setenv("SOME_PORT", "6379")
	t.Setenv("SOME_FLAG", "true")
	t.Setenv("EMPTY", "")
	for _, c := range []struct{ keys, want string }{
		{"channel: ${env:SOME_VALUE}", `{"channel":"v: {evil}\n- x # ${env:OTHER}"}`},
		{"port: ${env:SOME_PORT}\necho: ${env:SOME_FLAG}", `{"echo":true,"port":6379}`},
		{"port: '${env:SOME_PORT}'", `{"port":6379}`},
		{"channel: ${env:SOME_PORT}\nany: ${env:SOME_PORT}", `{"any":"6379","channel":"6379"}`},
		{"url: redis://:${file:" + dir + "/pw}@h:${env:SOME_PORT}/0", `{"url":"redis://:s3cret-of-file@h:6379/0"}`},
		{"any: a${env:EMPTY}b", `{"any":"ab"}`},
		{"any: ${env:EMPTY}", `{"any":""}`},
		{"any: ['$${env:SOME_PORT}', $$, $x, '{$}']", `{"any":["${env:SOME_PORT}","$$","$x","{$}"]}`},
		{"password: ${file:" + dir + "/crlf}", `{"password":"s3cret"}`},
		{"password: ${file:" + dir + "/two}", `{"password":"a\n"}`},
	} {
		_, in, _ := instance(t, c.keys)
		got, ps := in.JSON([]byte(someSchema))
		if string(got) != c.want || len(ps) > 0 {
			t.Errorf("%s: got %s, want %s; %v", c.keys, got, c.want, ps)
		}
	}
	const plain = ": `$${` stands for a plain `${`"
	for key, want := range map[string]string{
		"port: ${env:NOT_THERE}":           "${env:NOT_THERE}: the environment variable is not set",
		"port: ${env:a-b}":                 "${env:a-b}: no name of an environment variable" + plain,
		"port: ${env:}":                    "${env:}: no name of an environment variable" + plain,
		"port: ${vault:x}":                 "${vault:x}: only ${env:NAME} and ${file:PATH} are known" + plain,
		"port: ${env:SOME_PORT":            "`${` without a closing `}`" + plain,
		"port: ${file:none}":               "${file:none}: no such file or directory",
		"port: ${file:" + open + "}":       "${file:" + open + "}: every user can read the file (mode 0644), chmod o-r it",
		"port: ${file:" + dir + "}":        "${file:" + dir + "}: not a plain file",
		"port: ${file:/dev/zero}":          "${file:/dev/zero}: not a plain file",
		"port: ${file:" + dir + "/binary}": "${file:" + dir + "/binary}: the value is not UTF-8 text",
	} {
		path := write(t, "plugins:\n  endpoints:\n    - name: a\n      id: x\n      "+key+"\nroutes: {a: [a]}\n")
		c, ps := Load(path, nil)
		if got := told(ps, path); got != "F:5:13: endpoint a: port: "+want {
			t.Errorf("%s: got %s", key, got)
		}
		if _, ps := c.Endpoints[0].JSON([]byte(someSchema)); len(ps) > 0 {
			t.Errorf("%s is told twice: %v", key, ps)
		}
	}
}

func TestSubstitutionInTheHubsKeys(t *testing.T) {
	t.Setenv("SOME_LEVEL", "error")
	t.Setenv("SOME_FLAG", "false")
	t.Setenv("SOME_LIMIT", "3")
	c, problems := load(t, `global: {log-level: "${env:SOME_LEVEL}"}
plugins: {endpoints: [{name: a, id: x, enabled: "${env:SOME_FLAG}", restart: {limit: "${env:SOME_LIMIT}"}}]}
routes: {a: [a]}
`)
	if problems != "" || c.Global.LogLevel != "error" || c.Endpoints[0].Enabled || c.Endpoints[0].Restart.Limit != 3 {
		t.Errorf("got %+v, %s", c, problems)
	}
	if masked := c.Secrets.Mask("level=error enabled=false"); masked != "level=error enabled=false" {
		t.Errorf("settings are masked: %s", masked)
	}
}

func TestSecretsAreRedactedWhereverTheyCouldBePrinted(t *testing.T) {
	t.Setenv("SOME_SECRET", `p@ss"word/1`)
	t.Setenv("SHORT", "k9")
	c, in, path := instance(t, "password: hunter2\nurl: redis://u:pa55word@h/0\nchannel: ${env:SOME_SECRET}\nany: {a: '${env:SHORT}', b: seen}\n")
	if got := string(in.Redacted([]byte(someSchema))); got != `{"any":{"a":"${env:SHORT}","b":"seen"},"channel":"${env:SOME_SECRET}","password":"[redacted]","url":"[redacted]"}` {
		t.Errorf("redacted is %s", got)
	}
	if _, ps := in.JSON([]byte(someSchema)); len(ps) > 0 {
		t.Fatal(ps)
	}
	for text, want := range map[string]string{
		"AUTH hunter2 failed":            "AUTH [redacted] failed",
		"dial redis://u:pa55word@h/0: x": "dial [redacted]: x",
		"password pa55word is wrong":     "password [redacted] is wrong",
		`raw p@ss"word/1`:                "raw [redacted]",
		`json {"a":"p@ss\"word/1"}`:      `json {"a":"[redacted]"}`,
		"url p%40ss%22word%2F1":          "url [redacted]",
		"k9 and k9s, ak9, (k9)":          "[redacted] and k9s, ak9, ([redacted])",
		"nothing here":                   "nothing here",
	} {
		if got := c.Secrets.Mask(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	_, ps := in.JSON([]byte(strings.Replace(someSchema, `"minLength": 1`, `"maxLength": 1`, 1)))
	if got := told(ps, path); got != `F:7:16: endpoint a: channel: "${env:SOME_SECRET}" is not allowed: at most 1 characters` {
		t.Errorf("got %s", got)
	}
}

func TestAPlainURLIsNoSecret(t *testing.T) {
	c, in, _ := instance(t, "url: redis://127.0.0.1:6379/0")
	if _, ps := in.JSON([]byte(someSchema)); len(ps) > 0 {
		t.Fatal(ps)
	}
	if got := c.Secrets.Mask("redis://127.0.0.1:6379/0/news"); got != "redis://127.0.0.1:6379/0/news" {
		t.Errorf("got %s", got)
	}
}

func FuzzSubstitution(f *testing.F) {
	f.Add("a ${env:X} $${b} ${file:/c}")
	f.Add("$$${env:X")
	f.Add("${")
	f.Fuzz(func(t *testing.T, text string) {
		const value = "$${env:X}${"
		got, inserted, err := expand(text, func(_, _ string) (string, error) { return value, nil })
		if err != nil {
			return
		}
		if strings.Count(got, value) < len(inserted) {
			t.Fatalf("%q became %q, %d values are lost", text, got, len(inserted))
		}
		if !strings.Contains(text, "${") && got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add("the secret is out", "secret", "is")
	f.Fuzz(func(t *testing.T, text, long, short string) {
		if len(long) < shortSecret || !utf8.ValidString(text) || strings.Contains(Redacted, long) {
			return
		}
		s := &Secrets{}
		s.Add(long)
		if strings.Contains(s.Mask(text), long) && !strings.Contains(text, Redacted[:1]) && strings.IndexByte(long, Redacted[0]) < 0 && strings.IndexByte(long, ']') < 0 {
			t.Fatalf("%q shows %q", s.Mask(text), long)
		}
		s.Add(short)
		s.Mask(text)
	})
}

func TestAReferenceThatLeadsNowhereIsNoSecret(t *testing.T) {
	path := write(t, `
global: {metrics-port: "${env:NO_PORT}"}
plugins:
  endpoints:
    - {name: a, id: x, password: "${file:pw.txt}", url: "redis://u:pa55word@${env:NO_HOST}/0", any: ["${env:NO_ANY}"]}
routes: {a: [{to: a, when: "${env:NO_FILTER}"}]}
`)
	c, ps := Load(path, nil)
	if _, more := c.Endpoints[0].JSON([]byte(someSchema)); len(more) > 0 {
		t.Errorf("told twice: %v", more)
	}
	for _, want := range []string{
		"global: metrics-port: ${env:NO_PORT}: the environment variable is not set",
		"endpoint a: password: ${file:pw.txt}: no such file or directory",
		"endpoint a: url: ${env:NO_HOST}: the environment variable is not set",
		"endpoint a: any.0: ${env:NO_ANY}: the environment variable is not set",
		"routes: a.0.when: ${env:NO_FILTER}: the environment variable is not set",
	} {
		if !strings.Contains(c.Secrets.Mask(ps.Error()), want+"\n") {
			t.Errorf("not told: %s\n%s", want, c.Secrets.Mask(ps.Error()))
		}
	}
	if got := c.Secrets.Mask("dial redis://u:pa55word@h/0"); strings.Contains(got, "pa55word") {
		t.Errorf("what stands beside a reference is not masked: %s", got)
	}
}
