package file

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// segmentFile is what the writer needs of an open segment; tests let it fail.
type segmentFile interface {
	Write(p []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
	Close() error
}

// writer appends to the last segment of a folder, which it holds for itself while it is open. Any failure that leaves
// doubt about a file closes it, and the next write opens the folder anew, as after a crash: there is one way to repair.
// Its methods are called by one goroutine at a time; the figures may be read by any.
type writer struct {
	folder               string
	segmentSize, maxSize int64 // bytes; maxSize 0: no bound
	refuse, sync         bool
	log                  *slog.Logger
	// create opens a segment for appending; it must not exist yet where fresh is true.
	create func(path string, fresh bool) (segmentFile, error)

	hold *os.File // the folder, locked; nil while closed
	file segmentFile
	// number is the last segment's, size its bytes, all of whole records.
	number uint64
	size   int64
	// others is what the segments before it take, bytes, as far as is known.
	others int64

	written, writtenBytes, removed, removedFiles, repaired atomic.Uint64
	occupied                                               atomic.Int64
}

// createFile opens a segment for appending.
func createFile(path string, fresh bool) (segmentFile, error) {
	flags := os.O_WRONLY | os.O_APPEND
	if fresh {
		flags |= os.O_CREATE | os.O_EXCL
	}
	return os.OpenFile(path, flags, 0o600)
}

// open takes the folder and its last segment, which it repairs, or begins the first.
func (w *writer) open() error {
	hold, err := holdFolder(w.folder)
	if err != nil {
		return err
	}
	w.hold = hold
	if err := w.openLast(); err != nil {
		w.close()
		return fmt.Errorf("open the segments in %s: %w", w.folder, err)
	}
	return nil
}

func (w *writer) openLast() error {
	segments, err := record.Segments(w.folder)
	if err != nil {
		return err
	}
	w.others = 0
	if len(segments) == 0 {
		return w.begin(w.number + 1) // not again a number that readers have seen, where they all were removed
	}
	last := len(segments) - 1
	for _, s := range segments[:last] {
		w.others += s.Size
	}
	w.number = segments[last].Number
	path := record.Path(w.folder, w.number)
	if w.size, err = w.mend(path, segments[last].Size); err != nil {
		return err
	}
	w.file, err = w.create(path, false)
	w.occupied.Store(w.others + w.size)
	return err
}

// begin makes a new last segment.
func (w *writer) begin(number uint64) error {
	file, err := w.create(record.Path(w.folder, number), true)
	if err != nil {
		return err
	}
	w.file, w.number, w.size = file, number, 0
	w.occupied.Store(w.others)
	if w.sync {
		return w.hold.Sync()
	}
	return nil
}

// roll ends the last segment and begins the next.
func (w *writer) roll() error {
	err := w.file.Close()
	w.file = nil
	w.others += w.size
	w.size = 0
	if err != nil {
		return err
	}
	return w.begin(w.number + 1)
}

// close lets the folder go. The writer can be opened again.
func (w *writer) close() {
	if w.file != nil {
		_ = w.file.Close() // what was confirmed is written, or synced where that was asked for
		w.file = nil
	}
	if w.hold != nil {
		_ = w.hold.Close()
		w.hold = nil
	}
}

// write appends a chunk and returns how many of its messages are confirmed, and the failure of the others.
func (w *writer) write(c *chunk) (confirmed int, failure *sdk.Failure) {
	if err := w.ready(int64(len(c.lines))); err != nil {
		if !errors.Is(err, errFull) {
			w.close()
		}
		return 0, notWritten(err, core.AttemptedNo)
	}
	n, err := w.file.Write(c.lines)
	confirmed, bytes := len(c.ends), len(c.lines)
	if err != nil {
		confirmed, bytes = c.whole(n)
		failure = notWritten(err, core.AttemptedNo)
		// Half a record goes; if it can't, the next opening repairs it.
		if err := w.file.Truncate(w.size + int64(bytes)); err != nil {
			failure.Attempted = core.AttemptedUnknown
			defer w.close()
		}
	}
	if w.sync && confirmed > 0 {
		if err := w.file.Sync(); err != nil {
			// What a failed sync leaves in memory may look written and never be: no later sync would tell.
			w.close()
			return 0, notWritten(err, core.AttemptedUnknown)
		}
	}
	w.size += int64(bytes)
	w.occupied.Store(w.others + w.size)
	w.written.Add(uint64(confirmed))
	w.writtenBytes.Add(uint64(bytes))
	return confirmed, failure
}

// ready makes sure that the last segment is open, still there, and has room for so many bytes.
func (w *writer) ready(need int64) error {
	if w.file != nil && w.unlinked() {
		w.log.Warn("the segment was removed from outside; another one is begun", "segment", w.number)
		w.close()
	}
	if w.file == nil {
		if err := makeFolder(w.folder); err != nil {
			return err
		}
		if err := w.open(); err != nil {
			return err
		}
	}
	if w.size > 0 && w.size+need > w.segmentSize {
		if err := w.roll(); err != nil {
			return err
		}
	}
	if w.maxSize > 0 && w.others+w.size+need > w.maxSize {
		return w.makeRoom(need)
	}
	return nil
}
