package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/bits"
	"os"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/file/record"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// tail reads the records of a folder's segments in order and follows what is appended. One goroutine uses it, beside
// Inspect; it stays where it is when Receive is called again.
type tail struct {
	folder, name string
	keep         bool // reserved attributes
	log          *slog.Logger
	report       func(sdk.Event)

	// number is the segment being read, 0 before the first; start is where to begin in it. file is nil until it is open.
	number uint64
	start  int64
	file   *os.File
	lines  *record.Lines
	maker  maker

	read, bad, dropped, gaps atomic.Uint64
}

// skip goes to the end of what is there now.
func (t *tail) skip() error {
	segments, err := record.Segments(t.folder)
	if err != nil || len(segments) == 0 {
		return err
	}
	last := segments[len(segments)-1]
	file, err := os.Open(record.Path(t.folder, last.Number))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	t.number = last.Number
	t.start, err = wholeLines(file, last.Size)
	return err
}

// receive reads until ctx ends. What stands in the folder is the queue: while emit waits, nothing is read.
func (t *tail) receive(ctx context.Context, emit sdk.Emit) error {
	w := watch(t.folder, t.log)
	defer w.close()
	defer t.leave()
	for {
		if err := t.drain(ctx, emit); err != nil {
			return err
		}
		if err := w.wait(ctx); err != nil {
			return err
		}
	}
}

// drain reads all whole lines that are there, through all segments.
func (t *tail) drain(ctx context.Context, emit sdk.Emit) error {
	for {
		next, found, err := t.next()
		if err != nil {
			return err
		}
		// The list was made first: a segment that is not the last does not grow any more.
		if err := t.emitLines(ctx, emit); err != nil || !found {
			return err
		}
		if err := t.turnTo(next); err != nil {
			return err
		}
	}
}

// next finds the segment that follows the one being read, or that one itself where it is not open. Where all that are
// there have lower numbers, the folder was begun anew, and the first of them follows.
func (t *tail) next() (number uint64, found bool, err error) {
	segments, err := record.Segments(t.folder)
	if errors.Is(err, os.ErrNotExist) {
		return 0, false, nil // the folder is gone; its writer will make it again
	}
	for _, s := range segments {
		if s.Number > t.number || s.Number == t.number && t.file == nil {
			return s.Number, true, nil
		}
	}
	if n := len(segments); n > 0 && segments[n-1].Number < t.number {
		return segments[0].Number, true, nil
	}
	return 0, false, err
}

// turnTo leaves the segment that was read to its end and opens another.
func (t *tail) turnTo(number uint64) error {
	file, err := os.Open(record.Path(t.folder, number))
	if errors.Is(err, os.ErrNotExist) {
		return nil // removed since: the next list has another
	}
	if err != nil {
		return err
	}
	if t.lines != nil && t.lines.Partial() {
		t.reject(record.Position{Segment: t.number, Offset: t.lines.Offset()}, errors.New("the last line has no end"))
	}
	if t.number != 0 && number > t.number+1 {
		t.gaps.Add(1)
		t.report(sdk.Event{Kind: core.EventGap, Cause: "segments were removed before they were read"})
	}
	t.leave()
	if number != t.number {
		t.start = 0
	}
	t.number, t.file, t.lines = number, file, record.NewLines(file, t.start)
	return nil
}

// The bounds of what is emitted at once.
const (
	batchMessages = 256
	batchBytes    = 1 << 20
)

// emitLines emits the messages of all whole lines in the open segment.
func (t *tail) emitLines(ctx context.Context, emit sdk.Emit) error {
	for t.file != nil {
		messages, end, failed := t.batch()
		if len(messages) > 0 {
			t.read.Add(uint64(len(messages)))
			if err := emit(ctx, messages); err != nil {
				return err
			}
		}
		if failed != nil {
			return failed
		}
		if end {
			return t.followCut()
		}
	}
	return nil
}

// batch reads lines up to the bounds; end says that there are no more now.
func (t *tail) batch() (messages []sdk.Message, end bool, err error) {
	bytes := 0
	for len(messages) < batchMessages && bytes < batchBytes {
		line, at, err := t.lines.Next()
		position := record.Position{Segment: t.number, Offset: at}
		if err == io.EOF {
			return messages, true, nil
		}
		if errors.Is(err, record.ErrTooLong) {
			t.reject(position, err)
			continue
		}
		if err != nil {
			return messages, false, fmt.Errorf("read segment %d: %w", t.number, err)
		}
		m, dropped, err := t.maker.message(t, line, position)
		if err != nil {
			t.reject(position, err)
			continue
		}
		t.dropped.Add(uint64(dropped))
		bytes += len(m.Payload)
		messages = append(messages, m)
	}
	return messages, false, nil
}

// followCut begins anew in a file that was cut shorter than what was read of it; no endpoint-file does that.
func (t *tail) followCut() error {
	info, err := t.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < t.lines.Offset() {
		t.lines = record.NewLines(t.file, 0)
	}
	return nil
}

// reject counts a line that is no record, and logs it at powers of two.
func (t *tail) reject(at record.Position, cause error) {
	if n := t.bad.Add(1); bits.OnesCount64(n) == 1 {
		t.log.Warn("a line is no record and was left out", "position", at.String(), "cause", cause, "so_far", n)
	}
}

// leave closes the segment and remembers where it was.
func (t *tail) leave() {
	if t.file == nil {
		return
	}
	_ = t.file.Close() // only read
	t.start = t.lines.Offset()
	t.file, t.lines = nil, nil
}
