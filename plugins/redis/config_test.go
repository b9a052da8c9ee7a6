package redis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// parity: A15
func TestConfigurationsThatAreRight(t *testing.T) {
	for _, c := range []struct {
		config config
		hears  string
		speaks string
	}{
		{config{Channel: "a"}, "redis://127.0.0.1:6379/a", "same"},
		{config{URL: "redis://localhost", Channel: "a"}, "redis://127.0.0.1:6379/a", "same"},
		{config{URL: "redis://user:se%40cret@Redis.Example:6380/3", Channel: "a/b c"}, "redis://redis.example:6380/a%2Fb%20c", "same"},
		{config{URL: "redis://[::1]:6380?db=3", DB: 3, Channel: "a"}, "redis://[::1]:6380/a", "same"},
		{config{URL: "rediss://example?skip_verify=true", Channel: "a"}, "rediss://example:6379/a", "same"},
		{config{URL: "unix:///run/redis.sock?db=1", Channels: []string{"a", "b"}}, "unix:///run/redis.sock/a unix:///run/redis.sock/b", "same"},
		{config{URL: "embedded://", Channel: "a"}, "redis://127.0.0.1:0/a", "same"},
		{config{URL: "embedded://:6399", Channel: "a"}, "redis://127.0.0.1:6399/a", "same"},
		{config{Host: "example", Port: 1, DB: 2, Username: "u", Password: "p", Pattern: "a.*"}, "redis://example:1/a.*", ""},
	} {
		if found := c.config.Check(sdk.Setting{}); len(found) > 0 {
			t.Errorf("%+v: %+v", c.config, found)
		}
		claims := c.config.Claims(sdk.Setting{})
		if c.speaks == "same" {
			c.speaks = c.hears
		}
		if hears := strings.Join(claims.HearsFrom, " "); hears != c.hears {
			t.Errorf("hears from %s, want %s", hears, c.hears)
		}
		if speaks := strings.Join(claims.SpeaksTo, " "); speaks != c.speaks {
			t.Errorf("speaks to %s, want %s", speaks, c.speaks)
		}
		if can := c.config.Capabilities(); can.Inbound == nil || (can.Outbound == nil) != (c.speaks == "") {
			t.Errorf("%+v can %+v", c.config, can)
		}
	}
}

// parity: A15
func TestConfigurationsThatAreWrong(t *testing.T) {
	for _, c := range []struct {
		config config
		path   string
		says   string
	}{
		{config{}, "", "no channel and no stream"},
		{config{Channel: "a", Channels: []string{"b"}}, "/channels", "channels stands beside channel"},
		{config{Channel: "a", Pattern: "b"}, "/pattern", "pattern stands beside channel"},
		{config{Channels: []string{"a", ""}}, "/channels/1", "empty channel"},
		{config{Channels: []string{"a", "a"}}, "/channels/1", "stands twice"},
		{config{Channel: "a\r\nb"}, "/channel", "can't be used"},
		{config{Channels: []string{"a", strings.Repeat("x", maxName+1)}}, "/channels/1", "can't be used"},
		{config{Pattern: "a\x00*"}, "/pattern", "can't be used"},
		{config{Channel: "orders.*"}, "/channel", "wildcard"},
		{config{URL: "redis://h", Host: "h", Channel: "a"}, "/host", "beside url"},
		{config{URL: "redis://h", Port: 1, Channel: "a"}, "/port", "beside url"},
		{config{URL: "http://h", Channel: "a"}, "/url", `scheme "http"`},
		{config{URL: "redis://u:hunter2@h:port", Channel: "a"}, "/url", "can't be read"},
		{config{URL: "redis://u:hunter2/@h", Channel: "a"}, "/url", "can't be read"},
		{config{URL: "redis://u:hunter2@h/x", Channel: "a"}, "/url", "no number"},
		{config{URL: "redis://u:hunter2@h?pool_size=1", Channel: "a"}, "/url", `unknown parameter "pool_size"`},
		{config{URL: "redis://h/1", DB: 2, Channel: "a"}, "/db", "different databases"},
		{config{URL: "redis://u@h", Username: "u", Channel: "a"}, "/username", "has a user too"},
		{config{URL: "redis://:hunter2@h", Password: "hunter2", Channel: "a"}, "/password", "has a password too"},
		{config{URL: "unix://run/redis.sock", Channel: "a"}, "/url", "names no socket"},
		{config{URL: "embedded://0.0.0.0:6399", Channel: "a"}, "/url", "can't listen on 0.0.0.0"},
		{config{URL: "embedded:///data", Channel: "a"}, "/url", "takes no path"},
		{config{URL: "embedded://", Password: "hunter2", Channel: "a"}, "/url", "knows no users"},
	} {
		found := c.config.Check(sdk.Setting{})
		if len(found) != 1 || found[0].Path != c.path || !strings.Contains(found[0].Summary, c.says) || found[0].Detail == "" {
			t.Errorf("%+v: found %+v, want %q at %q", c.config, found, c.says, c.path)
		}
		if strings.Contains(fmt.Sprint(found), "hunter2") {
			t.Errorf("a password stands in %+v", found)
		}
		if warning := c.says == "wildcard"; len(found) == 1 && (found[0].Severity == core.SeverityWarning) != warning {
			t.Errorf("%+v has severity %v", c.config, found[0].Severity)
		}
	}
}

// PUBLISH is answered also where nobody listens: that is no proof that the message is anywhere.
func TestChannelPromisesNoMoreThanThatItWasWritten(t *testing.T) {
	for _, c := range []config{{Channel: "a"}, {Channels: []string{"a", "b"}}, {Channel: "a.{conn}"}} {
		can := c.Capabilities()
		if can.Outbound.Confirm != core.ConfirmWritten || !strings.Contains(can.Outbound.Limit, "keeps no message") {
			t.Errorf("%+v can %+v", c, can.Outbound)
		}
	}
}

// parity: A15
func TestClaimsOfAStream(t *testing.T) {
	both := config{URL: "redis://h/3", streamConfig: streamConfig{Stream: "a/b", Group: "hub"}}
	named := both
	named.Consumer = "me"
	sink := config{streamConfig: streamConfig{Stream: "a", MaxLen: 7}}
	for _, c := range []struct {
		config                config
		hears, speaks, claims string
	}{
		{both, "[stream+redis://h:6379/3/a%2Fb]", "[stream+redis://h:6379/3/a%2Fb]", "[consumer:stream+redis://h:6379/3/a%2Fb/hub/of:orders]"},
		{named, "[stream+redis://h:6379/3/a%2Fb]", "[stream+redis://h:6379/3/a%2Fb]", "[consumer:stream+redis://h:6379/3/a%2Fb/hub/me]"},
		{sink, "[]", "[stream+redis://127.0.0.1:6379/0/a]", "[]"},
	} {
		if found := c.config.Check(sdk.Setting{}); len(found) > 0 {
			t.Errorf("%+v: %+v", c.config, found)
		}
		got := c.config.Claims(sdk.Setting{Name: "orders"})
		if fmt.Sprint(got.HearsFrom) != c.hears || fmt.Sprint(got.SpeaksTo) != c.speaks || fmt.Sprint(got.Takes) != c.claims {
			t.Errorf("claims %+v, want %s, %s, %s", got, c.hears, c.speaks, c.claims)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, url := range []string{"redis://user:pass@host:1/2", "unix:///a?db=1", "embedded://:1", "rediss://[::1]", "redis://%", "://"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		c := config{URL: url, Channel: "a"}
		if target, found := parseTarget(&c); url != "" && len(found) == 0 && target.address == "" {
			t.Errorf("%q names no address and nobody says so", url)
		}
		c.Claims(sdk.Setting{})
	})
}
