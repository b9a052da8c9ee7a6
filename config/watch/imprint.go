package watch

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
)

// most is how much of a file is read: no configuration or secret is larger.
const most = 1 << 20

// imprint is what a file held at one moment, to tell it from what it holds later. Its mode counts: a secret that every
// user can read is refused until it is changed.
type imprint struct {
	size int
	sum  [sha256.Size]byte
	mode fs.FileMode
	err  string
}

func imprintOf(path string) imprint {
	text, mode, err := read(path)
	if err != nil {
		return imprint{err: err.Error()}
	}
	return imprint{size: len(text), sum: sha256.Sum256(text), mode: mode}
}

func (i imprint) empty() bool { return i.size == 0 && i.err == "" }

var errNoFile = errors.New("not a plain file")

func read(path string) ([]byte, fs.FileMode, error) {
	info, err := os.Stat(path) // before opening: opening a pipe would wait
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		return nil, 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	text, err := io.ReadAll(io.LimitReader(file, most))
	return text, info.Mode(), errors.Join(err, file.Close())
}
