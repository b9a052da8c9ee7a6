package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/araldo-relay/araldo/plugins/file/record"
)

// errFull is a folder at its max-size that may not remove anything.
var errFull = errors.New("the folder is full")

// makeRoom removes segments, oldest first, until so many bytes fit below max-size, or fails where it may not. It looks at
// the folder anew, since others may have removed some.
func (w *writer) makeRoom(need int64) error {
	segments, err := record.Segments(w.folder)
	if err != nil {
		return err
	}
	w.others = 0
	for _, s := range segments {
		if s.Number != w.number {
			w.others += s.Size
		}
	}
	for _, s := range segments {
		if w.others+w.size+need <= w.maxSize {
			break
		}
		if w.refuse {
			return fmt.Errorf("%w: %d bytes in %s, max-size is %d", errFull, w.others+w.size, w.folder, w.maxSize)
		}
		if s.Number == w.number {
			if err := w.roll(); err != nil {
				return err
			}
		}
		if err := w.remove(s); err != nil {
			return err
		}
	}
	w.occupied.Store(w.others + w.size)
	return nil
}

// remove deletes a segment and counts what was in it.
func (w *writer) remove(s record.Segment) error {
	path := record.Path(w.folder, s.Number)
	lines, err := countLines(path)
	if err == nil {
		err = os.Remove(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		w.others -= s.Size
		return nil
	}
	if err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	w.others -= s.Size
	w.removed.Add(lines)
	w.removedFiles.Add(1)
	w.log.Info("removed the oldest segment, the folder is at its max-size", "segment", s.Number, "records", lines)
	return nil
}

// countLines counts a file's newlines.
func countLines(path string) (uint64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	lines, buffer := uint64(0), make([]byte, 64<<10)
	for {
		n, err := file.Read(buffer)
		lines += uint64(bytes.Count(buffer[:n], []byte{'\n'}))
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
