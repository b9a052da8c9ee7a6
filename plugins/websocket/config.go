package websocket

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Config is the keys of an endpoint-websocket.
type Config struct {
	Path string `key:"path" doc:"where clients connect, such as /ws; default: / and the endpoint's name" max:"1024"`
	Port *int   `key:"port" doc:"TCP port, which endpoints may share at different paths; default: global.server-port" min:"1" max:"65535"`
	Bind string `key:"bind" doc:"address to listen on; default: global.bind"`

	Static string `key:"static" doc:"folder whose files are served to browsers at the same port; / is its index.html"`

	Origins []string `key:"origins" doc:"further pages that may connect, besides those of the same host and port: scheme://host[:port], with * for any"`

	MaxMessage     sdk.Bytes `key:"max-message" doc:"largest message that a client may send; at most global.max-message" default:"64KiB" min:"1"`
	MaxConnections int       `key:"max-connections" doc:"most connections at a time; -1: no limit, 0: refuse all" default:"-1" min:"-1"`
	Subprotocols   []string  `key:"subprotocols" doc:"WebSocket subprotocols that are spoken, the preferred one first" max:"64"`

	PingInterval time.Duration `key:"ping-interval" doc:"how often clients are asked for a sign of life; 0: never" default:"20s" min:"0s"`
	IdleTimeout  time.Duration `key:"idle-timeout" doc:"how long a client may be silent, pongs included, before it is cut; 0: for ever" default:"25s" min:"0s"`

	Frames Frames `key:"frames" doc:"kind of the frames sent; auto: as the message came in, else text where it is UTF-8" default:"auto" enum:"auto,text,binary"`
	Slow   Slow   `key:"slow" doc:"a client that reads too slowly loses messages (drop), or the senders wait for it (wait)" default:"drop" enum:"drop,wait"`
	Events bool   `key:"events" doc:"make a message of each connect and disconnect" default:"false"`
}

// Frames says how messages are sent.
type Frames string

// The values of Frames. What is not UTF-8 always goes out as binary.
const (
	FramesAuto   Frames = "auto"
	FramesText   Frames = "text"
	FramesBinary Frames = "binary"
)

// Slow says who pays for a slow client.
type Slow string

// The values of Slow.
const (
	SlowDrop Slow = "drop"
	SlowWait Slow = "wait"
)

// path is where the endpoint is mounted.
func (c *Config) path(name string) string {
	if c.Path == "" {
		return "/" + name
	}
	return c.Path
}

// address is what the endpoint listens on. A server port of 0 is any free one.
func (c *Config) address(s sdk.Setting) string {
	bind, port := s.Bind, s.ServerPort
	if c.Bind != "" {
		bind = c.Bind
	}
	if c.Port != nil {
		port = *c.Port
	}
	return listenAddress(bind, port)
}

// Claims takes the path at its address, and with static all that is no endpoint's there.
func (c *Config) Claims(s sdk.Setting) sdk.Claims {
	takes := []string{"listen:" + c.address(s) + c.path(s.Name)}
	if c.Static != "" {
		takes = append(takes, "files:"+c.address(s))
	}
	return sdk.Claims{Takes: takes}
}

// Check finds what the schema can't say.
func (c *Config) Check(s sdk.Setting) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	report := func(severity core.Severity, at, detail, format string, args ...any) {
		found = append(found, sdk.Diagnostic{Severity: severity, Path: at, Summary: fmt.Sprintf(format, args...), Detail: detail})
	}
	if at := c.path(s.Name); !validPath(at) {
		report(core.SeverityError, "/path", "write it as in /ws: from the root, without ?, #, // or ..", "path %q can't be served", at)
	} else if at == healthPath {
		report(core.SeverityError, "/path", "choose another one", "path %s answers health checks", at)
	}
	found = append(found, c.checkStatic(s)...)
	for i, text := range c.Origins {
		if _, err := parsePattern(text); err != nil {
			report(core.SeverityError, fmt.Sprintf("/origins/%d", i), "write it as in https://example.org or http://localhost:*",
				"origin %q %v", text, err)
		}
	}
	for i, name := range c.Subprotocols {
		if !isToken(name) {
			report(core.SeverityError, fmt.Sprintf("/subprotocols/%d", i), "letters, digits and any of !#$%&'*+-.^_`|~",
				"subprotocol %q is not a token", name)
		} else if slices.Contains(c.Subprotocols[:i], name) {
			report(core.SeverityError, fmt.Sprintf("/subprotocols/%d", i), "name it once", "subprotocol %q stands twice", name)
		}
	}
	if int(c.MaxMessage) > s.MaxMessage {
		report(core.SeverityError, "/max-message", fmt.Sprintf("at most global.max-message, %s", sdk.Bytes(s.MaxMessage)),
			"max-message %s is more than the hub takes", c.MaxMessage)
	}
	if c.IdleTimeout > 0 && c.PingInterval >= c.IdleTimeout {
		report(core.SeverityWarning, "/idle-timeout", "make it longer than ping-interval",
			"idle-timeout %s ends connections before ping-interval %s asks for a sign of life", c.IdleTimeout, c.PingInterval)
	}
	return found
}

// validPath reports whether a request can ever name the path.
func validPath(p string) bool {
	return strings.HasPrefix(p, "/") && !strings.ContainsAny(p, "?#\\") && !strings.ContainsFunc(p, isControl) &&
		(path.Clean(p) == p || path.Clean(p)+"/" == p)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }

// isToken reports whether text is a token of RFC 9110 section 5.6.2.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}
