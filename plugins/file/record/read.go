package record

import (
	"errors"
	"io"
	"iter"
	"os"

	"github.com/araldo-relay/araldo/core"
)

// Entry is one line of a folder.
type Entry struct {
	Position Position
	Message  core.Message
	// Err says why the line is no record; Message is empty then.
	Err error
}

// Read goes through the records of a folder in order, from a position on; the zero Position is the beginning. It ends at
// what is the last whole line when it comes there, and with an error if a file can't be read. Removal of segments while
// it runs is no error. Any process may read while endpoint-file writes.
func Read(folder string, from Position) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		segments, err := Segments(folder)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		var d Decoder
		for _, s := range segments {
			offset := int64(0)
			if s.Number == from.Segment {
				offset = from.Offset
			}
			if s.Number >= from.Segment && !d.readSegment(folder, Position{s.Number, offset}, yield) {
				return
			}
		}
	}
}

// readSegment reports whether to go on.
func (d *Decoder) readSegment(folder string, from Position, yield func(Entry, error) bool) bool {
	file, err := os.Open(Path(folder, from.Segment))
	if errors.Is(err, os.ErrNotExist) {
		return true
	}
	if err != nil {
		return yield(Entry{}, err)
	}
	defer func() { _ = file.Close() }()
	lines := NewLines(file, from.Offset)
	for {
		line, at, err := lines.Next()
		if err == io.EOF {
			return true
		}
		entry := Entry{Position: Position{from.Segment, at}, Err: err}
		if err != nil && !errors.Is(err, ErrTooLong) {
			return yield(Entry{}, err)
		}
		if err == nil {
			entry.Message, entry.Err = d.Decode(line)
		}
		if !yield(entry, nil) {
			return false
		}
	}
}
