package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/core/tuning"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

const (
	defaultHost = "127.0.0.1"
	defaultPort = 6379
	dialTimeout = 5 * time.Second
)

// target is a Redis server and how to get in.
type target struct {
	network, address   string
	tls                *tls.Config
	embedded           bool
	username, password string
	db                 int
}

// parseTarget reads the keys that say where. Its findings never quote a url, which may hold a password.
func parseTarget(c *config) (target, []sdk.Diagnostic) {
	t := target{network: "tcp", username: c.Username, password: c.Password, db: c.DB}
	if c.URL == "" {
		t.address = address(c.Host, c.Port)
		return t, nil
	}
	var found []sdk.Diagnostic
	if c.Host != "" {
		found = append(found, wrong("/host", "host stands beside url", "give one of the two"))
	}
	if c.Port != 0 {
		found = append(found, wrong("/port", "port stands beside url", "give one of the two"))
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return t, append(found, wrong("/url", "url can't be read",
			"redis://user:password@host:port/db, where @ : / ? # and % in a password are written %40 %3A %2F %3F %23 %25"))
	}
	found = append(found, t.place(u)...)
	return t, append(found, t.credentials(u, c)...)
}

// place takes scheme, host, port, path and query.
func (t *target) place(u *url.URL) []sdk.Diagnostic {
	switch u.Scheme {
	case "redis":
	case "rediss":
		t.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
		t.tls.InsecureSkipVerify = u.Query().Get("skip_verify") == "true"
	case "unix":
		return t.placeSocket(u)
	case "embedded":
		return t.placeEmbedded(u)
	default:
		return []sdk.Diagnostic{wrong("/url", fmt.Sprintf("url has the scheme %q", u.Scheme),
			"redis, rediss, unix or embedded")}
	}
	port, _ := strconv.Atoi(u.Port())
	t.address = address(u.Hostname(), port)
	found := t.query(u, "db", "skip_verify")
	if path := strings.Trim(u.Path, "/"); path != "" {
		found = append(found, t.number(path)...)
	}
	return found
}

func (t *target) placeSocket(u *url.URL) []sdk.Diagnostic {
	t.network, t.address = "unix", u.Path
	found := t.query(u, "db")
	if u.Path == "" || u.Host != "" {
		found = append(found, wrong("/url", "url names no socket", "unix:///path/to/redis.sock, with three slashes"))
	}
	return found
}

// placeEmbedded keeps port 0 where any free one will do. The embedded server has no password, hence loopback only.
func (t *target) placeEmbedded(u *url.URL) []sdk.Diagnostic {
	t.embedded = true
	host, port := u.Hostname(), u.Port()
	if host == "localhost" || host == "" {
		host = defaultHost
	}
	if port == "" {
		port = "0"
	}
	t.address = net.JoinHostPort(host, port)
	found := t.query(u)
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		found = append(found, wrong("/url", fmt.Sprintf("the embedded server can't listen on %s", host),
			"it has no password, so it listens on loopback only: embedded://127.0.0.1:6399"))
	}
	if u.Path != "" && u.Path != "/" {
		found = append(found, wrong("/url", "the embedded server takes no path", "embedded:// or embedded://127.0.0.1:6399"))
	}
	return found
}

// query takes what stands after the question mark; only the named parameters may.
func (t *target) query(u *url.URL, known ...string) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	for name, values := range u.Query() {
		switch {
		case !slices.Contains(known, name):
			found = append(found, wrong("/url", fmt.Sprintf("url has the unknown parameter %.40q", name),
				"known: "+strings.Join(append(known, "no other"), ", ")))
		case name == "db":
			found = append(found, t.number(values[len(values)-1])...)
		}
	}
	return found
}

func (t *target) number(text string) []sdk.Diagnostic {
	db, err := strconv.Atoi(text)
	if err != nil || db < 0 {
		return []sdk.Diagnostic{wrong("/url", "url has no number as its database", "redis://host:port/0")}
	}
	if t.db != 0 && t.db != db {
		return []sdk.Diagnostic{wrong("/db", "db and url name different databases", "give it once")}
	}
	t.db = db
	return nil
}

func (t *target) credentials(u *url.URL, c *config) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	if u.User != nil {
		if c.Username != "" {
			found = append(found, wrong("/username", "url has a user too", "give it once"))
		}
		password, given := u.User.Password()
		if given && c.Password != "" {
			found = append(found, wrong("/password", "url has a password too", "give it once"))
		}
		if given {
			t.password = password
		}
		if name := u.User.Username(); name != "" {
			t.username = name
		}
	}
	if t.embedded && (t.username != "" || t.password != "") {
		found = append(found, wrong("/url", "the embedded server knows no users", "leave out username and password"))
	}
	return found
}

// String names the server without any credentials.
func (t *target) String() string {
	switch {
	case t.embedded:
		return "embedded://" + t.address
	case t.network == "unix":
		return "unix://" + t.address
	case t.tls != nil:
		return "rediss://" + t.address
	}
	return "redis://" + t.address
}

// dial opens a connection; it honours ctx, and gives up after dialTimeout.
func (t *target) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, t.network, t.address)
	if err != nil {
		return nil, err
	}
	conn = tuning.Direct(conn)
	if t.tls == nil {
		return conn, nil
	}
	secured := tls.Client(conn, t.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	return secured, nil
}

func address(host string, port int) string {
	if host == "" || strings.EqualFold(host, "localhost") {
		host = defaultHost
	}
	if port == 0 {
		port = defaultPort
	}
	return net.JoinHostPort(strings.ToLower(host), strconv.Itoa(port))
}
