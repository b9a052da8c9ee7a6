package config

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
)

func TestEachValueNamesItsOrigin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.yaml")
	text := "global: {bind: 0.0.0.0}\nplugins:\n  endpoints:\n    - {name: a, id: x, path: /p, key: hush, timeout: 3s}\nroutes: {a: [a]}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	AddFlags(flags)
	if err := flags.Parse([]string{"--server-port", "80"}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ARALDO_LOG_LEVEL", "error")
	t.Setenv("STATE_DIRECTORY", "/state:/other")
	c, problems := Load(path, flags)
	if problems.Failed() {
		t.Fatal(problems)
	}
	got := map[string]string{}
	for _, s := range c.GlobalSettings() {
		got[s.Key] = fmt.Sprint(s.Value, " ", s.Origin)
	}
	schema := `{"type":"object","properties":{"path":{"type":"string"},"key":{"type":"string","writeOnly":true},"slow":{"type":"string","default":"drop"}}}`
	for _, s := range c.Endpoints[0].Settings([]byte(schema)) {
		got[s.Key] = fmt.Sprint(s.Value, " ", s.Origin)
	}
	for key, want := range map[string]string{
		"server-port": "80 --server-port", "bind": "0.0.0.0 " + path + ":1:16", "log-level": "error $ARALDO_LOG_LEVEL",
		"data-dir": "/state $STATE_DIRECTORY", "max-message": "1MiB ", "plugin-dirs": "[] ",
		"name": "a " + path + ":4:14", "path": "/p " + path + ":4:30", "key": "[redacted] " + path + ":4:39",
		"timeout": "3s " + path + ":4:54", "enabled": "true ", "slow": "drop ",
	} {
		if got[key] != want {
			t.Errorf("%s: got %q, want %q", key, got[key], want)
		}
	}
	for _, s := range c.Endpoints[0].Settings(nil) {
		if s.Key == "key" && s.Value != nil {
			t.Error("a value that may be a secret was shown")
		}
	}
}
