package done

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/araldo-relay/araldo/plugins/file/record"
)

// ErrHeld says that somebody else marks records of the folder now.
var ErrHeld = errors.New("another command works on these dead letters")

// Writer marks records of one folder. One goroutine uses it, and at one time one process has it.
type Writer struct {
	folder string
	hold   *os.File
	marks  Marks
}

// Open takes the right to mark records of a folder of segments, until Close or the process ends. Where somebody else
// has it, the error is ErrHeld.
func Open(folder string) (*Writer, error) {
	place := filepath.Join(folder, folderName)
	if err := os.MkdirAll(place, 0o700); err != nil {
		return nil, err
	}
	hold, err := os.Open(place)
	if err != nil {
		return nil, err
	}
	w := &Writer{folder: folder, hold: hold}
	if err = syscall.Flock(int(hold.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrHeld
	}
	if err == nil {
		w.marks, err = Read(folder)
	}
	if err != nil {
		return nil, errors.Join(err, hold.Close())
	}
	return w, nil
}

// Has reports whether a record is dealt with.
func (w *Writer) Has(e *record.Entry) bool { return w.marks.Has(e) }

// Mark notes that records are dealt with. They are on stable storage when it returns.
func (w *Writer) Mark(entries []record.Entry) error {
	lines := map[uint64][]byte{}
	for i := range entries {
		e := &entries[i]
		if w.Has(e) {
			continue
		}
		lines[e.Position.Segment] = fmt.Appendf(lines[e.Position.Segment], "%d %s\n", e.Position.Offset, e.Message.ID)
	}
	for segment, text := range lines {
		if err := appendTo(path(w.folder, segment), text); err != nil {
			return fmt.Errorf("mark records as done: %w", err)
		}
	}
	for i := range entries {
		e := &entries[i]
		if w.marks[e.Position.Segment] == nil {
			w.marks[e.Position.Segment] = map[mark]bool{}
		}
		w.marks[e.Position.Segment][markOf(e)] = true
	}
	return w.hold.Sync()
}

// appendTo appends whole lines to a file, after the torn one that a crash may have left.
func appendTo(path string, text []byte) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if size := info.Size(); size > 0 {
		last := []byte{0}
		if _, err := file.ReadAt(last, size-1); err != nil && err != io.EOF {
			return err
		}
		if last[0] != '\n' {
			text = append([]byte{'\n'}, text...)
		}
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// Sweep removes the segments that hold nothing but records that are dealt with, and the marks of segments that are gone.
// The last segment stays, since it may grow. It returns how many segments it removed.
func (w *Writer) Sweep() (removed int, err error) {
	segments, err := record.Segments(w.folder)
	if err != nil {
		return 0, err
	}
	for i := 0; i < len(segments)-1; i++ {
		finished, err := w.finished(segments[i].Number)
		if err != nil {
			return removed, err
		}
		if !finished {
			continue
		}
		if err := os.Remove(record.Path(w.folder, segments[i].Number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, err
		}
		removed++
	}
	return removed, w.forget()
}

// finished reports whether every line of a segment is a record that is dealt with.
func (w *Writer) finished(segment uint64) (bool, error) {
	if len(w.marks[segment]) == 0 {
		return false, nil
	}
	for entry, err := range record.Read(w.folder, record.Position{Segment: segment}) {
		switch {
		case err != nil:
			return false, err
		case entry.Position.Segment != segment:
			return true, nil
		case entry.Err != nil || !w.Has(&entry):
			return false, nil
		}
	}
	return true, nil
}

// forget removes the marks of segments that are not there.
func (w *Writer) forget() error {
	segments, err := record.Segments(w.folder)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(filepath.Join(w.folder, folderName))
	if err != nil {
		return err
	}
	for _, file := range files {
		number, err := strconv.ParseUint(file.Name(), 10, 64)
		there := slices.ContainsFunc(segments, func(s record.Segment) bool { return s.Number == number })
		if err != nil || there {
			continue
		}
		delete(w.marks, number)
		if err := os.Remove(path(w.folder, number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Close lets the right go.
func (w *Writer) Close() error { return w.hold.Close() }
