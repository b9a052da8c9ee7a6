package programs

import (
	"errors"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// ManifestName is the file at the root of every package that describes it.
const ManifestName = "araldo-plugin.yaml"

// AnyPlatform is the key of Manifest.Binaries for what runs everywhere, such as a script.
const AnyPlatform = "any"

// Protocol is the version of the plugin protocol that this hub speaks.
const Protocol = 1

// Platform is this system's key of Manifest.Binaries.
func Platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// Manifest is what a package says of itself.
type Manifest struct {
	Name, Version string
	Protocol      int
	// IDs are what the plugin offers to configurations. Where there are none, only the plugin itself can tell.
	IDs []string
	// Binaries are the programs by platform (`linux/amd64`) or AnyPlatform: paths in the package, with slashes.
	Binaries map[string]string
	Touches  Touches
}

// Binary is the path of the program for a platform; none is there where it says false.
func (m *Manifest) Binary(platform string) (path string, found bool) {
	if path, found = m.Binaries[platform]; !found {
		path, found = m.Binaries[AnyPlatform]
	}
	return path, found
}

// The shapes of names. A version is the name of a folder, too.
var (
	pluginName   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	version      = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+_-]{0,62}$`)
	platformName = regexp.MustCompile(`^([a-z0-9]+/[a-z0-9]+|any)$`)
)

// ValidName reports whether a plugin may have that name: 1 to 63 of a-z 0-9 _ -, the first a letter or a digit.
func ValidName(name string) bool { return pluginName.MatchString(name) }

var manifestKeys = []string{"name", "version", "protocol", "ids", "binaries", "touches"}

// ParseManifest reads a manifest; file is its name in errors. The error is core.Problems with all that is wrong.
func ParseManifest(file string, text []byte) (*Manifest, error) {
	doc, ps := document.Parse(file, text)
	if ps.Failed() {
		return nil, ps
	}
	m := &Manifest{Binaries: map[string]string{}}
	for _, e := range doc.Root().Entries(&ps, "the manifest") {
		m.read(&ps, e)
	}
	if !ps.Failed() {
		m.complete(&ps, doc.Root().Position())
	}
	if ps.Failed() {
		return nil, ps
	}
	return m, nil
}

func (m *Manifest) read(ps *core.Problems, e document.Entry) {
	switch e.Key {
	case "name":
		matching(ps, e, &m.Name, pluginName, "1 to 63 of the characters a-z 0-9 _ - are wanted")
	case "version":
		matching(ps, e, &m.Version, version, "1 to 63 of the characters A-Z a-z 0-9 . + _ - are wanted, such as 1.2.0")
	case "protocol":
		e.Int(ps, &m.Protocol, 1, 1000)
	case "ids":
		m.IDs = e.Texts(ps, core.ValidName, document.NameRule)
	case "binaries":
		m.readBinaries(ps, e)
	case "touches":
		for _, t := range e.Value.Entries(ps, "touches") {
			m.Touches.Set(ps, t)
		}
	default:
		e.Unknown(ps, manifestKeys)
	}
}

func (m *Manifest) readBinaries(ps *core.Problems, e document.Entry) {
	for _, b := range e.Value.Entries(ps, "binaries") {
		if !platformName.MatchString(b.Key) {
			ps.Errorf(b.Position(), "OS/ARCHITECTURE as Go names them is wanted, such as linux/amd64, or any", "binaries: %q is no platform", b.Key)
			continue
		}
		text := ""
		if b.String(ps, &text); text == "" {
			continue
		}
		name, err := CleanName(text)
		if err != nil {
			ps.Errorf(b.Value.Position(), err.Error(), "binaries: %q is not allowed", text)
			continue
		}
		m.Binaries[b.Key] = name
	}
}

// complete checks that nothing is missing.
func (m *Manifest) complete(ps *core.Problems, at core.Position) {
	missing := func(key string, is bool) {
		if is {
			ps.Errorf(at, "a manifest has name, version, protocol and binaries", "%s is missing", key)
		}
	}
	missing("name", m.Name == "")
	missing("version", m.Version == "")
	missing("protocol", m.Protocol == 0)
	missing("binaries", len(m.Binaries) == 0)
}

// matching reads a text of a shape.
func matching(ps *core.Problems, e document.Entry, into *string, shape *regexp.Regexp, rule string) {
	text := ""
	if e.String(ps, &text); text == "" {
		return
	}
	if !shape.MatchString(text) {
		ps.Errorf(e.Value.Position(), rule, "%s: %s is not allowed", e.Key, e.Value.Show())
		return
	}
	*into = text
}

// CleanName checks the name of a file in a package and returns it in its one form: with slashes, relative, without `.`.
// A name that leads out of the package, or that some system reads in another way, is an error.
func CleanName(name string) (string, error) {
	switch {
	case strings.HasPrefix(name, "/"):
		return "", errors.New("an absolute path")
	case slices.Contains(strings.Split(name, "/"), ".."):
		return "", errors.New("`..` in a path")
	case strings.ContainsFunc(name, odd):
		return "", errors.New("a character in a path that is not allowed in a package")
	case name == "" || len(name) > 512:
		return "", errors.New("a path has 1 to 512 bytes")
	}
	return path.Clean(name), nil
}

// odd characters are control characters, what is not UTF-8, and those that split paths on another system.
func odd(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' || r == ':' || r == '\uFFFD' }
