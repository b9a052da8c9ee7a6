package config

import (
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/core/document"
)

// Reaches is what the instance's own keys name in the system, as the operator wrote them: what a sandbox must let its plugin
// reach. base is where relative paths start, absolute. What a plugin would take without being told, by a default of its
// schema, is not in it.
//
// A port is read from URLs (without one, that of the scheme), from HOST:PORT, and from keys named port or that end in
// -port. A path is what begins with /, ./ or ../, a file: or unix: URL, and any text of a key that is named as if it held
// one, such as path, folder or ca-file.
func (in *Instance) Reaches(base string) Touches {
	var t Touches
	for _, e := range in.own {
		e.Value.Scalars(func(v document.Value) {
			for part := range strings.FieldsFuncSeq(v.Text(), func(r rune) bool { return r == ',' || r == ' ' }) {
				t.part(e.Key, part, base)
			}
		})
	}
	return t
}

// schemePorts are those of URLs without one.
var schemePorts = map[string]int{
	"http": 80, "ws": 80, "https": 443, "wss": 443, "redis": 6379, "rediss": 6379, "valkey": 6379, "mqtt": 1883, "mqtts": 8883,
	"amqp": 5672, "amqps": 5671, "nats": 4222, "kafka": 9092, "stomp": 61613, "postgres": 5432, "postgresql": 5432, "mysql": 3306,
	"mongodb": 27017, "smtp": 25, "smtps": 465, "ftp": 21, "ssh": 22, "sftp": 22, "ldap": 389, "ldaps": 636,
}

func (t *Touches) part(key, text, base string) {
	if strings.Contains(text, "://") || strings.HasPrefix(text, "unix:") || strings.HasPrefix(text, "file:") {
		t.url(text, base)
		return
	}
	if host, port, err := net.SplitHostPort(text); err == nil && !strings.Contains(host, "/") {
		t.port(port)
		return
	}
	if key == "port" || strings.HasSuffix(key, "-port") {
		t.port(text)
		return
	}
	if strings.HasPrefix(text, "/") || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || namesPath(key) {
		t.path(text, base)
	}
}

// url takes a URL's port for connecting and listening, because a scheme does not tell which.
func (t *Touches) url(text, base string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
	case u.Scheme == "file" || u.Scheme == "unix":
		t.path(u.Path+u.Opaque, base)
	case u.Port() != "":
		t.port(u.Port())
	case schemePorts[u.Scheme] != 0:
		t.port(strconv.Itoa(schemePorts[u.Scheme]))
	}
}

func (t *Touches) port(text string) {
	if port, err := strconv.ParseUint(text, 10, 16); err == nil {
		t.Listen, t.Connect = append(t.Listen, int(port)), append(t.Connect, int(port))
	}
}

// pathWords end keys that hold paths.
var pathWords = []string{"path", "file", "dir", "directory", "folder", "root", "socket", "static", "cert", "key", "record"}

func namesPath(key string) bool {
	return slices.Contains(pathWords, key[strings.LastIndexByte(key, '-')+1:])
}

// path takes a path, save one that everything is under.
func (t *Touches) path(text, base string) {
	if !filepath.IsAbs(text) {
		text = filepath.Join(base, text)
	}
	text = filepath.Clean(text)
	if rel, err := filepath.Rel(text, base); err == nil && filepath.IsLocal(rel) {
		return // the configuration's own folder, or one around it
	}
	t.Write = append(t.Write, text)
}
