package record

import (
	"bytes"
	"errors"
	"io"
)

// MaxLine is the longest line that is read, bytes: twice the size of a frame and room for what JSON adds.
const MaxLine = 16 << 20

// ErrTooLong is a line of more than MaxLine bytes.
var ErrTooLong = errors.New("the line is longer than 16 MiB")

// readSize is how much is read at once, bytes.
const readSize = 256 << 10

// Lines cuts a file that may still grow into lines. One goroutine uses it.
type Lines struct {
	file io.ReaderAt
	// at is where the next line begins; unread are the bytes from read on that no line was made of yet.
	at     int64
	read   int64
	unread []byte
	buffer []byte
	// skipping: the line at `at` is too long, and its beginning is thrown away already.
	skipping bool
	partial  bool
}

// NewLines reads from an offset on, which must be a line's beginning.
func NewLines(file io.ReaderAt, offset int64) *Lines {
	return &Lines{file: file, at: offset, read: offset}
}

// Offset is where the next line begins: all before it was returned.
func (l *Lines) Offset() int64 { return l.at }

// Partial reports whether bytes without a newline stood at the end when Next last came there.
func (l *Lines) Partial() bool { return l.partial }

// Next returns the next whole line without its newline, and where it begins. The line is valid until the next call.
// io.EOF says that there is none yet: later calls return what was written meanwhile. After ErrTooLong the line after
// it follows. Other errors are the file's.
func (l *Lines) Next() (line []byte, at int64, err error) {
	searched := 0
	for {
		if i := bytes.IndexByte(l.unread[searched:], '\n'); i >= 0 {
			return l.take(searched + i)
		}
		if searched = len(l.unread); searched > MaxLine {
			l.skipping = true
		}
		if l.skipping {
			l.read, l.unread, searched = l.read+int64(len(l.unread)), nil, 0
		}
		if err := l.more(); err != nil {
			// What has no newline yet is read again: a writer whose disk was full may have taken it back.
			l.partial = l.skipping || len(l.unread) > 0
			l.unread = nil
			return nil, l.at, err
		}
	}
}

// take returns the line that ends at unread[end].
func (l *Lines) take(end int) (line []byte, at int64, err error) {
	line, at = l.unread[:end], l.at
	if l.skipping || end > MaxLine {
		line, err = nil, ErrTooLong
	}
	l.skipping = false
	l.unread = l.unread[end+1:]
	l.read += int64(end) + 1
	l.at = l.read
	return line, at, err
}

// more reads on. The buffer is used again; where a line does not fit, it grows.
func (l *Lines) more() error {
	if have := len(l.unread); cap(l.buffer) < have+readSize {
		l.buffer = make([]byte, max(2*have, readSize)+readSize)
	}
	have := copy(l.buffer[:cap(l.buffer)], l.unread)
	n, err := l.file.ReadAt(l.buffer[have:have+readSize], l.read+int64(have))
	l.unread = l.buffer[:have+n]
	if n > 0 {
		return nil
	}
	return err
}
