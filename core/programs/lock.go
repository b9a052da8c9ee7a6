package programs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
	"github.com/araldo-relay/araldo/core/replace"
)

// LockName is the file beside the configuration that says which plugins belong to it.
const LockName = "araldo.lock.yaml"

// Lock is what was installed, by the plugins' names.
type Lock struct {
	Plugins map[string]Locked
}

// Locked is one installed plugin. It is right on every platform that the package has a program for.
type Locked struct {
	Version string `yaml:"version"`
	// Source is where the package came from: the name of a file or folder, or a URL.
	Source string `yaml:"source"`
	// Archive is the SHA-256 of the archive in hexadecimal, empty where there was none.
	Archive string `yaml:"archive,omitempty"`
	// Directory is the hash of all files of the package, as golang.org/x/mod/sumdb/dirhash writes it: `h1:`.
	Directory string `yaml:"directory"`
	// Manifest is the SHA-256 of the manifest in hexadecimal.
	Manifest string `yaml:"manifest"`
	// Binaries are the SHA-256 in hexadecimal of each program, by platform.
	Binaries map[string]string `yaml:"binaries"`
}

// Binary is the sum of the program for a platform; none is there where it says false.
func (l Locked) Binary(platform string) (sum string, found bool) {
	if sum, found = l.Binaries[platform]; !found {
		sum, found = l.Binaries[AnyPlatform]
	}
	return sum, found
}

// lockVersion is the version of the file's form.
const lockVersion = 1

// lockFile is how a Lock is written.
type lockFile struct {
	Form    int               `yaml:"lock"`
	Plugins map[string]Locked `yaml:"plugins"`
}

const lockHeading = "# Written by `araldo plugins`: what is installed, and how it must look. Keep it with the configuration.\n"

// ReadLock reads a lock; one that is not there is empty. A lock that can't be understood is an error, since nothing could
// be verified by it.
func ReadLock(path string) (*Lock, error) {
	l := &Lock{Plugins: map[string]Locked{}}
	text, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	doc, ps := document.Parse(path, text)
	if ps.Failed() {
		return nil, ps
	}
	for _, e := range doc.Root().Entries(&ps, "the lock") {
		l.read(&ps, e)
	}
	if ps.Failed() {
		return nil, ps
	}
	return l, nil
}

// readBounded reads a file of at most one byte more than a document may have.
func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return atMost(file, document.MaxBytes+1)
}

func (l *Lock) read(ps *core.Problems, e document.Entry) {
	switch e.Key {
	case "lock":
		form := 0
		if e.Int(ps, &form, 1, 1000); form > lockVersion {
			ps.Errorf(e.Value.Position(), "a newer araldo wrote it", "lock: form %d is not known, but %d", form, lockVersion)
		}
	case "plugins":
		for _, p := range e.Value.Entries(ps, "plugins") {
			if !ValidName(p.Key) {
				ps.Errorf(p.Position(), "1 to 63 of the characters a-z 0-9 _ - are wanted", "plugins: %q is no plugin's name", p.Key)
				continue
			}
			var one Locked
			one.read(ps, p)
			l.Plugins[p.Key] = one
		}
	default:
		e.Unknown(ps, []string{"lock", "plugins"})
	}
}

var (
	sumShape       = regexp.MustCompile(`^[0-9a-f]{64}$`)
	directoryShape = regexp.MustCompile(`^h1:[0-9A-Za-z+/]{43}=$`)
	anyText        = regexp.MustCompile(`^[^\x00-\x1f]+$`)
)

const sumRule = "64 hexadecimal digits are wanted"

func (l *Locked) read(ps *core.Problems, p document.Entry) {
	for _, e := range p.Value.Entries(ps, "plugin "+p.Key) {
		switch e.Key {
		case "version":
			matching(ps, e, &l.Version, version, "a version is wanted")
		case "source":
			matching(ps, e, &l.Source, anyText, "a text is wanted")
		case "archive":
			matching(ps, e, &l.Archive, sumShape, sumRule)
		case "directory":
			matching(ps, e, &l.Directory, directoryShape, "h1: and 44 characters of base64 are wanted")
		case "manifest":
			matching(ps, e, &l.Manifest, sumShape, sumRule)
		case "binaries":
			l.readBinaries(ps, e)
		default:
			e.Unknown(ps, []string{"version", "source", "archive", "directory", "manifest", "binaries"})
		}
	}
	if l.Version == "" || l.Directory == "" || l.Manifest == "" || len(l.Binaries) == 0 {
		ps.Errorf(p.Position(), "each has version, directory, manifest and binaries", "plugin %s can't be verified", p.Key)
	}
}

func (l *Locked) readBinaries(ps *core.Problems, e document.Entry) {
	l.Binaries = map[string]string{}
	for _, b := range e.Value.Entries(ps, "binaries") {
		sum := ""
		if matching(ps, b, &sum, sumShape, sumRule); sum != "" {
			l.Binaries[b.Key] = sum
		}
	}
}

// Write puts the lock into the place of the file at path in one step.
func (l *Lock) Write(path string) error {
	var text bytes.Buffer
	text.WriteString(lockHeading)
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(lockFile{lockVersion, l.Plugins}), encoder.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return replace.File(path, text.Bytes(), 0o644)
}
