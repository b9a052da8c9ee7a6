package websocket

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// origin is a web origin (RFC 6454), in lower case, with the scheme's default port where none was given. In a pattern
// each part may be `*`, and the host may begin with `*.`; an empty port is then the default of whatever scheme comes.
type origin struct{ scheme, host, port string }

// parsePattern reads scheme://host[:port].
func parsePattern(text string) (origin, error) {
	scheme, rest, found := strings.Cut(strings.ToLower(text), "://")
	if !found || scheme == "" || rest == "" {
		return origin{}, errors.New("must be scheme://host or scheme://host:port")
	}
	if strings.ContainsAny(rest, "/?#@ \t,\"") {
		return origin{}, errors.New("must end after host and port: an Origin has no path")
	}
	host, port := splitPort(rest)
	if host == "" || strings.ContainsAny(port, ":[]") {
		return origin{}, errors.New("must be scheme://host or scheme://host:port")
	}
	if scheme != "*" && strings.Contains(scheme, "*") || port != "*" && strings.Contains(port, "*") ||
		host != "*" && strings.Contains(strings.TrimPrefix(host, "*."), "*") {
		return origin{}, errors.New("* may stand for the scheme, the host, the port or the host's first labels only")
	}
	if port == "" {
		port = defaultPort(scheme)
	}
	return origin{scheme, host, port}, nil
}

// splitPort parts host and port; an IPv6 address loses its brackets.
func splitPort(hostport string) (host, port string) {
	if host, port, err := net.SplitHostPort(hostport); err == nil {
		return host, port
	}
	if inner, ok := strings.CutPrefix(hostport, "["); ok && strings.HasSuffix(inner, "]") {
		return strings.TrimSuffix(inner, "]"), ""
	}
	if strings.ContainsAny(hostport, ":[]") {
		return "", ""
	}
	return hostport, ""
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	}
	return ""
}

// parseOrigin reads an Origin header. The opaque origin `null` is none.
func parseOrigin(header string) (origin, bool) {
	u, err := url.Parse(strings.ToLower(header))
	if err != nil || u.Scheme == "" || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" ||
		u.Fragment != "" {
		return origin{}, false
	}
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return origin{u.Scheme, u.Hostname(), port}, true
}

// matches reports whether o, a real origin, is one that the pattern means.
func (pattern origin) matches(o origin) bool {
	if pattern.scheme != "*" && pattern.scheme != o.scheme {
		return false
	}
	if pattern.port != "*" && pattern.port != o.port && (pattern.port != "" || o.port != defaultPort(o.scheme)) {
		return false
	}
	if suffix, wild := strings.CutPrefix(pattern.host, "*."); wild {
		return strings.HasSuffix(o.host, "."+suffix)
	}
	return pattern.host == "*" || pattern.host == o.host
}

// originAllowed reports whether the page that made the request may connect. Programs that are not browsers send no
// Origin and pass: they could claim any.
func originAllowed(r *http.Request, patterns []origin) bool {
	headers := r.Header.Values("Origin")
	if len(headers) == 0 {
		return true
	}
	from, ok := parseOrigin(headers[0])
	if !ok || len(headers) > 1 {
		return false
	}
	for _, pattern := range patterns {
		if pattern.matches(from) {
			return true
		}
	}
	return sameHost(r, from)
}

// sameHost reports whether the page came from the host and port that it now connects to. On a loopback address the
// host must be a loopback name or address too: a foreign name that resolves to this machine (DNS rebinding) would make
// any page on the internet look like one of ours.
func sameHost(r *http.Request, from origin) bool {
	host, port := splitPort(strings.ToLower(r.Host))
	if port == "" {
		port = defaultPort(from.scheme)
	}
	if host != from.host || port != from.port {
		return false
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return !isLoopback(local) || host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		net.ParseIP(host).IsLoopback()
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
