package isolation

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
)

// Words are the rules for people: what a process may reach beside what every program may.
func (r Rules) Words() []string {
	var list []string
	for _, port := range r.Listen {
		list = append(list, fmt.Sprint("listen ", port))
	}
	for _, port := range r.Connect {
		list = append(list, fmt.Sprint("connect ", port))
	}
	for _, path := range r.Read {
		list = append(list, "read "+path)
	}
	for _, path := range slices.Concat(r.Write, r.Make) {
		list = append(list, "write "+path)
	}
	return list
}

// Errors of the operating system as Go and Python word them: the path of an open, the address of a connect or bind.
var (
	deniedPath = regexp.MustCompile(`(?:open|mkdir|stat|lstat|rename|unlinkat|remove|exec|readdir|open_file) ([^:]+): permission denied|Permission denied: ['"]([^'"]+)['"]`)
	deniedPort = regexp.MustCompile(`(dial|listen) tcp[46]? (?:[^ ]+->)?([^ ]+): (?:connect|bind): permission denied`)
)

// Denial finds in the words of a plugin's error what a sandbox of these settings denied, and says which key of the
// plugin's touches allows it; empty where it is nothing of the sandbox's, or can't be known.
func (s Settings) Denial(text string) string {
	kernel := ABI()
	if s.Sandbox == Off || kernel < abiFiles || !strings.Contains(text, "ermission denied") {
		return ""
	}
	if m := deniedPort.FindStringSubmatch(text); m != nil && kernel >= abiTCP {
		_, port, err := net.SplitHostPort(m[2])
		key, have := "connect", s.Rules.Connect
		if m[1] == "listen" {
			key, have = "listen", s.Rules.Listen
		}
		if err != nil || slices.ContainsFunc(have, func(p int) bool { return fmt.Sprint(p) == port }) {
			return ""
		}
		return fmt.Sprintf("its sandbox denies TCP port %s: `touches: {%s: [%s]}` allows it", port, key, port)
	}
	if m := deniedPath.FindStringSubmatch(text); m != nil {
		path := m[1] + m[2]
		if s.Rules.lets(path) {
			return ""
		}
		return fmt.Sprintf("its sandbox may deny %s: `touches: {read: [%s]}` allows to read it, `write` to write", path, path)
	}
	return ""
}

// lets reports whether a path is one of those to write to, or under one.
func (r Rules) lets(path string) bool {
	return slices.ContainsFunc(slices.Concat(r.Write, r.Make), func(one string) bool {
		return within(one, path)
	})
}
