package document

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
	"go.yaml.in/yaml/v3"
)

// At is the place in the file of a character of a scalar's text, line and column counted from 1 in the text. Where the
// file writes the text in another way, with escapes or folded over lines, it is the scalar's own place.
func (v Value) At(line, column int) core.Position {
	at := v.Position()
	lines := strings.Split(v.Text(), "\n")
	if v.node == nil || v.Rewritten() || line < 1 || line > len(lines) || column < 1 {
		return at
	}
	want := lines[line-1]
	found := at
	switch v.node.Style &^ yaml.TaggedStyle {
	case yaml.LiteralStyle:
		found.Line += line
		found.Column = utf8.RuneCount(v.document.line(found.Line)) - utf8.RuneCountInString(want) + 1
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		found.Column++
	}
	rest := skip(v.document.line(found.Line), found.Column-1)
	if len(lines) > 1 && found.Line == at.Line || !bytes.HasPrefix(rest, []byte(want)) {
		return at
	}
	found.Column += column - 1
	return found
}

// line is a line of the file, counted from 1.
func (d *Document) line(n int) []byte {
	rest := d.text
	for ; n > 1; n-- {
		_, after, more := bytes.Cut(rest, []byte("\n"))
		if !more {
			return nil
		}
		rest = after
	}
	text, _, _ := bytes.Cut(rest, []byte("\n"))
	return bytes.TrimSuffix(text, []byte("\r"))
}

// skip leaves out the first n characters.
func skip(line []byte, n int) []byte {
	for ; n > 0 && len(line) > 0; n-- {
		_, size := utf8.DecodeRune(line)
		line = line[size:]
	}
	return line
}
