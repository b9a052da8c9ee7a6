package install

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/core/programs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// entry is a file of a package; link is what a link leads to.
type entry struct {
	name, text string
	mode       fs.FileMode
	kind       byte
	link       string
}

const manifest = "name: echo\nversion: 1.2.0\nprotocol: 1\nids: [endpoint-echo]\nbinaries: {any: bin/echo}\n"

// script is a program that says so if it is ever executed.
const script = "#!/bin/sh\ntouch /executed\n"

// echo is a whole package with more entries behind.
func echo(more ...entry) []entry {
	return append([]entry{
		{name: programs.ManifestName, text: manifest, mode: 0o644},
		{name: "bin/", mode: fs.ModeDir | 0o755, kind: tar.TypeDir},
		{name: "bin/echo", text: script, mode: 0o755},
	}, more...)
}

func tarGz(t testing.TB, list []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	compressed := gzip.NewWriter(&b)
	w := tar.NewWriter(compressed)
	for _, e := range list {
		kind := e.kind
		if kind == 0 {
			kind = tar.TypeReg
		}
		header := &tar.Header{Name: e.name, Mode: int64(e.mode.Perm()), Size: int64(len(e.text)), Typeflag: kind, Linkname: e.link}
		if kind == tar.TypeChar {
			header.Devmajor, header.Devminor = 1, 3
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), compressed.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, list []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range list {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		header.SetMode(e.mode)
		text := e.text
		if e.kind == tar.TypeSymlink {
			header.SetMode(fs.ModeSymlink | 0o777)
			text = e.link
		}
		to, err := w.CreateHeader(header)
		if err == nil {
			_, err = to.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// place is a configuration's folder to install into.
type place struct {
	*Installer
	dir string
}

func newPlace(t *testing.T) place {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "from"), 0o755); err != nil {
		t.Fatal(err)
	}
	return place{&Installer{Places: programs.Places{
		Installed: filepath.Join(dir, "araldo-data", "plugins"), Lock: filepath.Join(dir, programs.LockName)}}, dir}
}

// file writes a file to install from.
func (p place) file(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(p.dir, "from", name)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// install installs a package as .tar.gz.
func (p place) install(t *testing.T, list []entry) (Result, error) {
	t.Helper()
	return p.Install(t.Context(), Source{Place: p.file(t, "echo.tar.gz", tarGz(t, list))})
}

// installed installs a good package.
func (p place) installed(t *testing.T) Result {
	t.Helper()
	r, err := p.install(t, echo())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tree is all that there is but what is installed from, each with what it holds.
func (p place) tree(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(p.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(p.dir, path)
		if name == "from" {
			return fs.SkipDir
		}
		text := []byte{}
		if e.Type().IsRegular() {
			text, err = os.ReadFile(path)
		}
		info, failed := e.Info()
		if err = errors.Join(err, failed); err == nil {
			b.WriteString(name + " " + info.Mode().String() + " " + programs.SumOf(text) + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// states are what the plugin directories hold, each as `NAME STATE`.
func (p place) states(t *testing.T) string {
	t.Helper()
	found, err := p.Places.Find()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range found {
		f = f.Inspect(t.Context(), true)
		list = append(list, f.Name+" "+f.State.String())
	}
	return strings.Join(list, ", ")
}
