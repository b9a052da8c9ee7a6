package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/araldo-relay/araldo/routes"
	"github.com/spf13/pflag"
)

// Load reads and checks the file as far as that goes without asking plugins. flags, which may be nil, are those of
// AddFlags. The problems are all that was found, sorted by place; where the file could not be read as YAML at all, the
// Config is nil, and else it holds what is usable, so that the plugins' findings can be told at once with these.
func Load(path string, flags *pflag.FlagSet) (*Config, core.Problems) {
	text, dir, err := read(path)
	if err != nil {
		return nil, core.Problems{{Severity: core.SeverityError, Position: core.Position{File: path},
			Summary: "can't be read", Detail: reason(err)}}
	}
	doc, ps := document.Parse(path, text)
	if ps.Failed() {
		return nil, ps
	}
	c := newConfig(path, dir)
	ps = c.load(doc, flags)
	Sort(ps)
	return c, ps
}

func newConfig(path, dir string) *Config {
	return &Config{Path: path, Dir: dir, Secrets: &Secrets{}, broken: broken{}, schemas: &schemas{}}
}

// read returns the file's text, up to one byte more than a file may have.
func read(path string) (text []byte, dir string, err error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	text, err = io.ReadAll(io.LimitReader(file, document.MaxBytes+1))
	return text, filepath.Dir(absolute), errors.Join(err, file.Close())
}

// reason is what the operating system said, without the path that the problem names anyway.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// sections are the file's outermost keys.
var sections = []string{"global", "plugins", "routes"}

func (c *Config) load(doc *document.Document, flags *pflag.FlagSet) core.Problems {
	substitution := c.substitute(doc)
	for _, p := range substitution {
		c.broken[p.Position] = true
	}
	if !doc.Root().IsMapping() {
		doc.Root().Entries(&substitution, "the file")
		return substitution
	}
	var ps core.Problems
	found := map[string]document.Value{}
	for _, e := range doc.Root().Entries(&ps, "the file") {
		switch e.Key {
		case "global", "plugins", "routes":
			found[e.Key] = e.Value
		default:
			e.Unknown(&ps, sections)
		}
	}
	c.loadGlobal(&ps, found["global"], flags)
	c.loadPlugins(&ps, found["plugins"])
	list, problems := routes.Parse(found["routes"])
	for _, p := range problems {
		if p.Position.File == "" {
			p.Position.File = c.Path // a section that is not there has no place
		}
		ps = append(ps, p)
	}
	c.Routes = list
	ps = append(ps, routes.CheckNames(list, append(c.Ends(nil), c.refused...))...)
	ps = append(ps, c.unused()...)
	c.label(substitution, doc)
	return append(substitution, c.broken.without(ps)...)
}
