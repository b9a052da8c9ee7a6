package install

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/araldo-relay/araldo/core/programs"
)

// maxOverhead is what an archive may have beside the contents of its files: headers, padding, directories.
const maxOverhead = 8 << 20

// entryError is an error about one entry of an archive.
type entryError struct {
	name string
	err  error
}

func (e *entryError) Error() string { return fmt.Sprintf("%q: %v", e.name, e.err) }
func (e *entryError) Unwrap() error { return e.err }

func at(name string, err error) error {
	if err == nil {
		return nil
	}
	return &entryError{name, err}
}

// tarGz unpacks a tar archive that gzip compressed.
func (u *unpacker) tarGz(from io.Reader) error {
	plain, err := gzip.NewReader(from)
	if err != nil {
		return err
	}
	// What is skipped costs time, too.
	entries := tar.NewReader(&bounded{plain, programs.MaxBytes + maxOverhead})
	for {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = at(header.Name, u.tarEntry(header, entries))
		}
		if err != nil {
			return err
		}
	}
}

func (u *unpacker) tarEntry(header *tar.Header, contents io.Reader) error {
	switch header.Typeflag {
	case tar.TypeReg:
		return u.file(header.Name, header.FileInfo().Mode(), contents)
	case tar.TypeDir:
		return u.folder(header.Name)
	case tar.TypeXGlobalHeader: // a comment, as `git archive` writes one
		return nil
	case tar.TypeSymlink, tar.TypeLink:
		return errLink
	}
	return errNotPlain
}

var (
	errLink     = errors.New("a link")
	errNotPlain = errors.New("neither a plain file nor a folder")
)

// zip unpacks a zip archive.
func (u *unpacker) zip(from *os.File) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	// The directory at the end is read as a whole, however long it is.
	directory := &boundedAt{from, maxOverhead}
	entries, err := zip.NewReader(directory, info.Size())
	if err != nil {
		return err
	}
	directory.left = info.Size() + maxOverhead
	for _, entry := range entries.File {
		if err := u.zipEntry(entry); err != nil {
			return at(entry.Name, err)
		}
	}
	return nil
}

func (u *unpacker) zipEntry(entry *zip.File) error {
	mode := entry.Mode()
	switch {
	case mode.IsDir():
		return u.folder(entry.Name)
	case mode.Type() == fs.ModeSymlink:
		return errLink
	case !mode.IsRegular():
		return errNotPlain
	}
	contents, err := entry.Open()
	if err != nil {
		return err
	}
	return errors.Join(u.file(entry.Name, mode, contents), contents.Close())
}

// tree copies a folder.
func (u *unpacker) tree(from *os.Root) error {
	return fs.WalkDir(from.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return at(name, u.folder(name))
		case entry.Type() == fs.ModeSymlink:
			return at(name, errLink)
		case !entry.Type().IsRegular():
			return at(name, errNotPlain)
		}
		return at(name, u.plain(from, name))
	})
}

func (u *unpacker) plain(from *os.Root, name string) error {
	file, err := from.Open(name)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		err = u.file(name, info.Mode(), file)
	}
	return errors.Join(err, file.Close())
}

// bounded is a reader of at most left bytes; more is an error.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// boundedAt is bounded for what is read anywhere.
type boundedAt struct {
	from io.ReaderAt
	left int64
}

func (b *boundedAt) ReadAt(p []byte, offset int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errTooLarge
	}
	return b.from.ReadAt(p, offset)
}
