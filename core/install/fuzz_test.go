package install

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/araldo-relay/araldo/core/programs"
)

// Whatever an archive is, it stays in its place, plain, and within bounds.
func FuzzArchive(f *testing.F) {
	f.Add(tarGz(f, echo()))
	f.Add(zipped(f, echo()))
	for _, a := range attacks {
		f.Add(tarGz(f, echo(a.entry)))
		f.Add(zipped(f, echo(a.entry)))
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		p := newPlace(t)
		before := p.tree(t)
		_, err := p.Install(t.Context(), Source{Place: p.file(t, "archive", archive)})
		if err != nil && p.tree(t) != before {
			t.Errorf("%v, and it left\n%s", err, p.tree(t))
		}
		outside := filepath.Join(p.dir, "araldo-attack")
		if _, err := os.Lstat(outside); err == nil {
			t.Error("it wrote outside its place")
		}
		if err := filepath.WalkDir(filepath.Join(p.dir, "araldo-data"), plain); err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	})
}

func plain(path string, entry fs.DirEntry, err error) error {
	if err != nil || entry.IsDir() || entry.Type().IsRegular() {
		return err
	}
	return &fs.PathError{Op: programs.ManifestName, Path: path, Err: fs.ErrInvalid}
}
