package client

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// config is the keys of an endpoint-websocket-client.
type config struct {
	URL          string            `key:"url" required:"true" secret:"true" doc:"the server: ws:// or wss://, host, path and query; a user and password in it become the Basic log-in of HTTP"`
	Headers      map[string]string `key:"headers" secret:"true" doc:"HTTP headers of the handshake, such as Authorization; those that the handshake makes itself are refused"`
	Subprotocols []string          `key:"subprotocols" doc:"WebSocket subprotocols offered to the server, the preferred one first; it may choose none" max:"64"`
	Origin       string            `key:"origin" doc:"the Origin that the handshake names, for servers that ask for one, such as https://app.example.org; default: none"`

	MaxMessage   sdk.Bytes     `key:"max-message" doc:"largest message that the server may send; default: global.max-message" min:"1"`
	PingInterval time.Duration `key:"ping-interval" doc:"how often the server is asked for a sign of life; 0: never" default:"20s" min:"0s"`

	Frames string `key:"frames" doc:"kind of the frames sent; auto: as the message came in, else text where it is UTF-8" default:"auto" enum:"auto,text,binary"`
}

// limit is the largest message that the server may send.
func (c *config) limit(s sdk.Setting) int {
	if c.MaxMessage == 0 {
		return s.MaxMessage
	}
	return int(c.MaxMessage)
}

// Check finds what the schema can't say. No finding quotes the url or a header's value.
func (c *config) Check(s sdk.Setting) []sdk.Diagnostic {
	_, found := parseTarget(c.URL)
	found = append(found, c.checkHeaders()...)
	found = append(found, c.checkSubprotocols()...)
	if c.Origin != "" && !isOrigin(c.Origin) {
		found = append(found, wrong("/origin", "write it as in https://example.org", "origin %q is none", c.Origin))
	}
	if int(c.MaxMessage) > s.MaxMessage {
		found = append(found, wrong("/max-message", fmt.Sprintf("at most global.max-message, %s", sdk.Bytes(s.MaxMessage)),
			"max-message %s is more than the hub takes", c.MaxMessage))
	}
	return found
}

// elsewhere are the headers that the handshake makes itself, and what sets them.
var elsewhere = map[string]string{
	"Host": "the url says it", "Origin": "use the key origin", "Sec-Websocket-Protocol": "use the key subprotocols",
	"Connection": "the handshake sets it", "Upgrade": "the handshake sets it", "Content-Length": "a handshake has no body",
	"Transfer-Encoding": "a handshake has no body", "Sec-Websocket-Key": "the handshake sets it",
	"Sec-Websocket-Version": "the handshake sets it", "Sec-Websocket-Extensions": "there are none",
}

func (c *config) checkHeaders() []sdk.Diagnostic {
	var found []sdk.Diagnostic
	seen := map[string]string{}
	for _, name := range sortedNames(c.Headers) {
		at, canonical := pointer("/headers/", name), textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			found = append(found, wrong(at, tokenRule, "header name %.40q is not a token", name))
		case elsewhere[canonical] != "":
			found = append(found, wrong(at, elsewhere[canonical], "header %s can't be set here", canonical))
		case seen[canonical] != "":
			found = append(found, wrong(at, "case makes no difference; name it once", "headers %s and %s are the same",
				seen[canonical], name))
		case !httpguts.ValidHeaderFieldValue(c.Headers[name]):
			found = append(found, wrong(at, "no line ends, no NUL", "the value of header %s can't be sent", canonical))
		}
		seen[canonical] = name
	}
	return found
}

const tokenRule = "letters, digits and any of !#$%&'*+-.^_`|~"

func (c *config) checkSubprotocols() []sdk.Diagnostic {
	var found []sdk.Diagnostic
	for i, name := range c.Subprotocols {
		at := fmt.Sprintf("/subprotocols/%d", i)
		if !httpguts.ValidHeaderFieldName(name) {
			found = append(found, wrong(at, tokenRule, "subprotocol %q is not a token", name))
		} else if slices.Contains(c.Subprotocols[:i], name) {
			found = append(found, wrong(at, "name it once", "subprotocol %q stands twice", name))
		}
	}
	return found
}

// Claims says where the endpoint hears and speaks: at the server's path. Whether the server gives back what it is told
// is not known, so it is taken for possible.
func (c *config) Claims(sdk.Setting) sdk.Claims {
	t, _ := parseTarget(c.URL)
	return sdk.Claims{SpeaksTo: []string{t.place()}, HearsFrom: []string{t.place()}}
}

func wrong(path, detail, format string, args ...any) sdk.Diagnostic {
	return sdk.Diagnostic{Severity: core.SeverityError, Path: path, Summary: fmt.Sprintf(format, args...), Detail: detail}
}

// pointer adds a name to a JSON pointer (RFC 6901).
func pointer(path, name string) string {
	return path + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func sortedNames(headers map[string]string) []string {
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
