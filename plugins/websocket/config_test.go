package websocket

import (
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

var hub = sdk.Setting{Name: "browsers", ServerPort: 54321, Bind: "127.0.0.1", MaxMessage: 1 << 20}

func TestClaimsNameAddressAndPath(t *testing.T) {
	port := 8080
	for want, config := range map[string]Config{
		"listen:127.0.0.1:54321/browsers": {},
		"listen:127.0.0.1:54321/ws":       {Path: "/ws"},
		"listen:[::1]:8080/a/b":           {Path: "/a/b", Port: &port, Bind: "::1"},
	} {
		if got := config.Claims(hub).Takes; len(got) != 1 || got[0] != want {
			t.Errorf("claims %q, want %q", got, want)
		}
	}
}

func TestCheckFindsWhatCannotWork(t *testing.T) {
	tests := []struct {
		change func(*Config)
		path   string
		want   string
	}{
		{func(c *Config) { c.Path = "ws" }, "/path", `"ws"`},
		{func(c *Config) { c.Path = "/a/../b" }, "/path", "can't be served"},
		{func(c *Config) { c.Path = "/a?b" }, "/path", "can't be served"},
		{func(c *Config) { c.Path = "/healthz" }, "/path", "health"},
		{func(c *Config) { c.Origins = []string{"https://ok.example", "*"} }, "/origins/1", `"*"`},
		{func(c *Config) { c.Origins = []string{"https://a.example/"} }, "/origins/0", "no path"},
		{func(c *Config) { c.Origins = []string{"https://a.*.example"} }, "/origins/0", "first labels"},
		{func(c *Config) { c.Subprotocols = []string{"a", "b c"} }, "/subprotocols/1", `"b c"`},
		{func(c *Config) { c.Subprotocols = []string{"a", "a"} }, "/subprotocols/1", "twice"},
		{func(c *Config) { c.MaxMessage = 2 << 20 }, "/max-message", "2MiB"},
		{func(c *Config) { c.PingInterval, c.IdleTimeout = time.Minute, time.Second }, "/idle-timeout", "1m0s"},
	}
	for _, test := range tests {
		config := defaults()
		test.change(&config)
		found := config.Check(hub)
		if len(found) != 1 || found[0].Path != test.path || !strings.Contains(found[0].Summary, test.want) ||
			found[0].Detail == "" {
			t.Errorf("%+v: found %+v, want %s at %s", config, found, test.want, test.path)
		}
	}
	if found := (&Config{MaxMessage: 1, Origins: []string{"*://*:*", "https://*.example", "http://[::1]:80"},
		Path: "/a/", Subprotocols: []string{"mqtt"}}).Check(hub); len(found) != 0 {
		t.Errorf("a good configuration has %+v", found)
	}
	for _, d := range (&Config{PingInterval: 2, IdleTimeout: 1}).Check(hub) {
		if d.Severity != core.SeverityWarning {
			t.Errorf("%+v is no warning", d)
		}
	}
}
