package install

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/programs"
)

// attacks are archives that want more than to be unpacked, with what is said of each.
var attacks = []struct {
	name  string
	entry entry
	want  string
}{
	{"a link", entry{name: "bin/link", kind: tar.TypeSymlink, link: "/etc/passwd"}, "a link"},
	{"a link within", entry{name: "bin/link", kind: tar.TypeSymlink, link: "echo"}, "a link"},
	{"an absolute path", entry{name: "/tmp/araldo-attack", text: "x", mode: 0o644}, "an absolute path"},
	{"a way out", entry{name: "../araldo-attack", text: "x", mode: 0o644}, "`..` in a path"},
	{"a way out behind a folder", entry{name: "bin/../../araldo-attack", text: "x", mode: 0o644}, "`..` in a path"},
	{"a way out with backslashes", entry{name: `bin\..\..\araldo-attack`, text: "x", mode: 0o644}, "not allowed in a package"},
	{"a file twice", entry{name: "bin/echo", text: "#!/bin/sh\nexit 1\n", mode: 0o755}, "it stands twice"},
	{"a file in another spelling", entry{name: "./bin//echo", text: "#!/bin/sh\nexit 1\n", mode: 0o755}, "it stands twice"},
	{"a file as a folder", entry{name: "bin/echo/x", text: "x", mode: 0o644}, "file exists"},
	{"a name that steers terminals", entry{name: "bin/\x1b[2J", text: "x", mode: 0o644}, "not allowed in a package"},
}

func TestArchivesThatWantMoreAreRefused(t *testing.T) {
	forms := map[string]func(testing.TB, []entry) []byte{"attack.tar.gz": tarGz, "attack.zip": zipped}
	for _, a := range attacks {
		for form, pack := range forms {
			t.Run(a.name+" in "+form, func(t *testing.T) {
				p := newPlace(t)
				before := p.tree(t)
				_, err := p.Install(t.Context(), Source{Place: p.file(t, form, pack(t, echo(a.entry)))})
				var refused *RefusedError
				if !errors.As(err, &refused) || !strings.Contains(err.Error(), a.want) || strings.Contains(err.Error(), "\x1b") {
					t.Errorf("error %v, want one of %q", err, a.want)
				}
				if after := p.tree(t); after != before {
					t.Errorf("it left\n%s", after)
				}
			})
		}
	}
}

func TestWhatIsNoPlainFileIsRefused(t *testing.T) {
	for name, e := range map[string]entry{
		"a hard link": {name: "bin/hard", kind: tar.TypeLink, link: "bin/echo"},
		"a device":    {name: "bin/null", kind: tar.TypeChar},
		"a pipe":      {name: "bin/pipe", kind: tar.TypeFifo},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			before := p.tree(t)
			_, err := p.install(t, echo(e))
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Entry != e.name {
				t.Errorf("error %v", err)
			}
			if after := p.tree(t); after != before {
				t.Errorf("it left\n%s", after)
			}
		})
	}
}

// bomb is an archive of zeros, a thousand times smaller than what it holds: gzip allows for parts in a row.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var header bytes.Buffer
	if err := tar.NewWriter(&header).WriteHeader(&tar.Header{Name: "zeros", Mode: 0o644, Size: size, Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	zeros := zippedPart(t, make([]byte, 1<<20))
	return append(zippedPart(t, header.Bytes()), bytes.Repeat(zeros, int(size>>20)+1)...)
}

func zippedPart(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestABombIsDefused(t *testing.T) {
	many := make([]entry, programs.MaxFiles+1)
	for i := range many {
		many[i] = entry{name: fmt.Sprint("f", i), mode: 0o644}
	}
	deep := make([]entry, programs.MaxFiles/10)
	for i := range deep {
		deep[i] = entry{name: strings.Repeat(fmt.Sprint("d", i, "/"), 20) + "f", mode: 0o644}
	}
	for name, c := range map[string]struct {
		archive []byte
		want    string
	}{
		"bytes.tar.gz": {bomb(t, programs.MaxBytes+1<<20), "more than 256 MiB"},
		"files.tar.gz": {tarGz(t, many), "more than 1000 files"},
		"files.zip":    {zipped(t, many), "more than 1000 files"},
		"depth.tar.gz": {tarGz(t, deep), "more than 1000 files and folders"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			before := p.tree(t)
			_, err := p.Install(t.Context(), Source{Place: p.file(t, name, c.archive)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
			if after := p.tree(t); after != before {
				t.Errorf("it left\n%s", after)
			}
		})
	}
}

// A zip says at its end how many files it has; one that lies must not fill the memory with what it lists.
func TestAZipWithAnEndlessDirectoryIsRefused(t *testing.T) {
	header := make([]byte, 46+8)
	binary.LittleEndian.PutUint32(header, 0x02014b50)
	binary.LittleEndian.PutUint16(header[28:], 8)
	archive := append([]byte("PK\x03\x04"), bytes.Repeat(header, 3*65536)...)
	end := make([]byte, 22)
	binary.LittleEndian.PutUint32(end, 0x06054b50)
	binary.LittleEndian.PutUint32(end[12:], uint32(len(archive)-4))
	binary.LittleEndian.PutUint32(end[16:], 4)
	archive = append(archive, end...)
	if _, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive))); err != nil {
		t.Fatalf("the directory is not even read: %v", err)
	}
	p := newPlace(t)
	if _, err := p.Install(t.Context(), Source{Place: p.file(t, "endless.zip", archive)}); !errors.Is(err, errTooLarge) {
		t.Errorf("error %v", err)
	}
}

func TestADamagedArchiveIsNamed(t *testing.T) {
	whole := tarGz(t, echo())
	for name, text := range map[string][]byte{
		"magic.tar.gz": []byte("\x1f\x8b no archive"), "half.tar.gz": whole[:len(whole)/2], "no.tar.gz": zippedPart(t, bytes.Repeat([]byte("x"), 2048)),
		"half.zip": zipped(t, echo())[:100],
	} {
		p := newPlace(t)
		_, err := p.Install(t.Context(), Source{Place: p.file(t, name, text)})
		var refused *RefusedError
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestAFolderWithLinksIsRefused(t *testing.T) {
	p := newPlace(t)
	from := filepath.Join(p.dir, "from", "package")
	if err := os.CopyFS(from, fs.FS(os.DirFS(t.TempDir()))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(from, programs.ManifestName), []byte(manifest), 0o600),
		os.Mkdir(filepath.Join(from, "bin"), 0o755), os.Symlink("/bin/sh", filepath.Join(from, "bin", "echo"))); err != nil {
		t.Fatal(err)
	}
	_, err := p.Install(t.Context(), Source{Place: from})
	if err == nil || !strings.HasSuffix(err.Error(), `"bin/echo": a link`) {
		t.Errorf("error %v", err)
	}
}

func TestPluginDirectoriesThatOthersCanWriteAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"by the group": func(dir string) error { return os.Chmod(dir, 0o775) },
		"by everybody": func(dir string) error { return os.Chmod(dir, 0o757) },
		"a link": func(dir string) error {
			return errors.Join(os.Rename(dir, dir+".moved"), os.Symlink(dir+".moved", dir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.installed(t)
			if err := spoil(p.Places.Installed); err != nil {
				t.Fatal(err)
			}
			if _, err := p.install(t, echo()); err == nil || !strings.Contains(err.Error(), "plugin directory "+p.Places.Installed) {
				t.Errorf("install: %v", err)
			}
			if _, err := p.Places.Find(); err == nil {
				t.Error("what lies there is found")
			}
		})
	}
}

func TestManifestsThatLeadAstrayAreRefused(t *testing.T) {
	for _, c := range []struct{ manifest, want string }{
		{"name: echo\nversion: ../../x\nprotocol: 1\nbinaries: {any: bin/echo}\n", "version"},
		{"name: ../echo\nversion: 1\nprotocol: 1\nbinaries: {any: bin/echo}\n", "name"},
		{"name: echo\nversion: 1\nprotocol: 1\nbinaries: {any: /bin/sh}\n", "an absolute path"},
		{"name: echo\nversion: 1\nprotocol: 1\nbinaries: {any: ../../bin/sh}\n", "`..` in a path"},
		{"name: echo\nversion: 1\nprotocol: 1\nbinaries: {any: bin}\n", "it is no file"},
		{"name: echo\nversion: 1\nprotocol: 1\nbinaries: {any: bin/other}\n", "it is not there"},
		{"name: echo\nversion: 1\nprotocol: 2\nbinaries: {any: bin/echo}\n", "version 2 of the protocol"},
		{"name: echo\nversion: 1\nprotocol: 1\nbinaries: {plan9/arm: bin/echo}\n", "it has no program for "},
		{"name: echo\nversion: 1\n", "protocol is missing"},
		{"name: redis\nnmae: x\n", `did you mean "name"?`},
	} {
		p := newPlace(t)
		before := p.tree(t)
		list := echo()
		list[0].text = c.manifest
		if _, err := p.install(t, list); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want one of %q", c.manifest, err, c.want)
		}
		if after := p.tree(t); after != before {
			t.Errorf("it left\n%s", after)
		}
	}
}
