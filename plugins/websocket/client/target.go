package client

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// target is the server's address.
type target struct {
	// handshake is the url with the scheme of HTTP.
	handshake string
	secure    bool
	// host and port of the server; host is the name that its certificate must have.
	host, port string
	path       string
	// secrets stand in the url and must not be printed.
	secrets []string
}

// parseTarget reads the url. Its findings don't quote it: a token may stand anywhere in it.
func parseTarget(text string) (target, []sdk.Diagnostic) {
	const example = "write it as in wss://example.org/feed"
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "":
		return target{}, []sdk.Diagnostic{wrong("/url", example, "url can't be read")}
	case u.Scheme != "ws" && u.Scheme != "wss":
		return target{}, []sdk.Diagnostic{wrong("/url", "ws or wss", "url has the scheme %q", u.Scheme)}
	case u.Hostname() == "":
		return target{}, []sdk.Diagnostic{wrong("/url", example, "url names no host")}
	case u.Fragment != "":
		return target{}, []sdk.Diagnostic{wrong("/url", "leave out what begins with #", "url has a fragment, which no server sees")}
	}
	t := target{secure: u.Scheme == "wss", host: strings.ToLower(u.Hostname()), port: u.Port(), path: u.EscapedPath()}
	if number, err := strconv.Atoi(t.port); t.port != "" && (err != nil || number < 1 || number > 65535) {
		return target{}, []sdk.Diagnostic{wrong("/url", "1 to 65535", "url has the port %q", t.port)}
	}
	t.remember(u)
	t.complete(u)
	return t, nil
}

// remember notes what is secret in a url: the password, the user who may be a token, and what the query says.
func (t *target) remember(u *url.URL) {
	if password, given := u.User.Password(); given {
		t.secrets = append(t.secrets, password)
	}
	t.secrets = append(t.secrets, u.User.Username())
	for _, values := range u.Query() {
		t.secrets = append(t.secrets, values...)
	}
}

// complete fills in the defaults.
func (t *target) complete(u *url.URL) {
	u.Scheme = "http"
	defaultPort := "80"
	if t.secure {
		u.Scheme, defaultPort = "https", "443"
	}
	if t.port == "" {
		t.port = defaultPort
	}
	if t.path == "" {
		t.path = "/"
	}
	t.handshake = u.String()
}

// address is what to connect to.
func (t *target) address() string { return net.JoinHostPort(t.host, t.port) }

// place names the server's path, for finding cycles: without user and query, localhost as an address.
func (t *target) place() string {
	host := t.host
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return t.scheme() + "://" + net.JoinHostPort(host, t.port) + t.path
}

// String names the server alone: in the rest of a url there may be a token.
func (t *target) String() string { return t.scheme() + "://" + t.address() }

func (t *target) scheme() string {
	if t.secure {
		return "wss"
	}
	return "ws"
}

// isOrigin reports whether text is the origin of a page (RFC 6454).
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && u.Host != "" && u.User == nil && u.Path == "" && u.RawQuery == "" && u.Fragment == ""
}
