package redis

import (
	"fmt"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// config is what one endpoint is given. url, or host and port, say where; channel, channels, pattern or stream say what.
type config struct {
	URL      string   `key:"url" secret:"true" doc:"redis://[user:password@]host[:port][/db], rediss:// for TLS, unix:///path/to/socket[?db=n], or embedded://; default: redis://127.0.0.1:6379/0"`
	Host     string   `key:"host" doc:"instead of url: the server's name or address; default: 127.0.0.1"`
	Port     int      `key:"port" min:"1" max:"65535" doc:"instead of url: the server's port; default: 6379"`
	DB       int      `key:"db" min:"0" doc:"database to select; streams belong to one, channels are the same in all databases of a server"`
	Username string   `key:"username" doc:"user of the access control list (Redis 6 and newer), where the url has none"`
	Password string   `key:"password" secret:"true" doc:"password of the user, or of the server, where the url has none"`
	Channel  string   `key:"channel" doc:"the channel to subscribe to and to publish to; with {name} in it, to publish to only: that attribute of the message stands there"`
	Channels []string `key:"channels" doc:"several channels: all are subscribed to, each message is published to all"`
	Pattern  string   `key:"pattern" doc:"a glob pattern of channels to subscribe to; such an endpoint can't be a target"`

	streamConfig
}

// names returns the channels, whichever key they stand under.
func (c *config) names() []string {
	if c.Channel != "" {
		return []string{c.Channel}
	}
	return c.Channels
}

// Check finds what the schema can't say.
func (c *config) Check(sdk.Setting) []sdk.Diagnostic {
	_, found := parseTarget(c)
	found = append(append(found, c.checkChoice()...), c.checkNames()...)
	if c.Stream == "" {
		return append(found, c.checkOutside()...)
	}
	return append(found, c.check()...)
}

func (c *config) checkChoice() []sdk.Diagnostic {
	var given []string
	if c.Channel != "" {
		given = append(given, "channel")
	}
	if len(c.Channels) > 0 {
		given = append(given, "channels")
	}
	if c.Pattern != "" {
		given = append(given, "pattern")
	}
	if c.Stream != "" {
		given = append(given, "stream")
	}
	switch len(given) {
	case 0:
		return []sdk.Diagnostic{wrong("", "no channel and no stream", "give one of channel, channels, pattern and stream")}
	case 1:
		return nil
	}
	return []sdk.Diagnostic{wrong("/"+given[1], fmt.Sprintf("%s stands beside %s", given[1], given[0]),
		"give only one of channel, channels, pattern and stream")}
}

func (c *config) checkNames() []sdk.Diagnostic {
	found := append(c.checkChannel(), checkName("/pattern", c.Pattern)...)
	seen := map[string]bool{}
	for i, name := range c.Channels {
		path := fmt.Sprintf("/channels/%d", i)
		switch {
		case name == "":
			found = append(found, wrong(path, "empty channel", "name a channel"))
		case seen[name]:
			found = append(found, wrong(path, fmt.Sprintf("channel %q stands twice", name), "name it once"))
		default:
			found = append(found, checkName(path, name)...)
		}
		seen[name] = true
	}
	return found
}

// checkChannel finds what is wrong with the channel, which may be a template.
func (c *config) checkChannel() []sdk.Diagnostic {
	if !templated(c.Channel) {
		return checkName("/channel", c.Channel)
	}
	t, err := parseTemplate(c.Channel)
	if err != nil {
		return []sdk.Diagnostic{wrong("/channel", fmt.Sprintf("channel %.80q: %v", c.Channel, err),
			"{name} stands for an attribute of the message; a channel with braces in its own name goes under channels")}
	}
	if t.longest() > maxName {
		return []sdk.Diagnostic{wrong("/channel", fmt.Sprintf("channel %.80q can become %d bytes long", c.Channel, t.longest()),
			fmt.Sprintf("at most %d, each attribute counting for %d", maxName, maxValue))}
	}
	return checkName("/channel", c.Channel)
}

// sink publishes as the configuration says.
func (c *config) sink(t *target) sink {
	if !templated(c.Channel) {
		return sink{pool: pool{target: t}, fixed: fixedPlaces(c.names())}
	}
	template, _ := parseTemplate(c.Channel)
	return sink{pool: pool{target: t}, template: template}
}

// checkName finds names that could not be carried as an attribute, and patterns that were taken for channels.
func checkName(path, name string) []sdk.Diagnostic {
	if !nameable(name) {
		return []sdk.Diagnostic{wrong(path, fmt.Sprintf("%.40q can't be used as a channel", name),
			fmt.Sprintf("UTF-8 without control characters, at most %d bytes", maxName))}
	}
	if path != "/pattern" && strings.ContainsAny(name, "*?[") {
		return []sdk.Diagnostic{{Severity: core.SeverityWarning, Path: path,
			Summary: fmt.Sprintf("channel %q holds a wildcard and is taken literally", name),
			Detail:  "to subscribe to all channels that match, use pattern"}}
	}
	return nil
}

// Capabilities leaves out the direction that a pattern, a template or a stream without group does not have. For a stream it
// asks Redis how it keeps its data, which is bounded and never fails.
func (c *config) Capabilities() sdk.Capabilities {
	if c.Stream != "" {
		t, _ := parseTarget(c)
		return c.capabilities(t.durability())
	}
	if c.Pattern != "" {
		return sdk.Capabilities{Inbound: capabilities.Inbound}
	}
	if templated(c.Channel) {
		return sdk.Capabilities{Outbound: capabilities.Outbound}
	}
	return capabilities
}

func wrong(path, summary, detail string) sdk.Diagnostic {
	return sdk.Diagnostic{Severity: core.SeverityError, Path: path, Summary: summary, Detail: detail}
}
