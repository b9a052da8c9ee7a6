// Package document reads one YAML file as a tree of values that know their line and column, within bounds of size,
// depth and expansion, and reads typed scalars from it. What it finds wrong it says as core.Problems.
package document

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
	"go.yaml.in/yaml/v3"
)

// The bounds of a file. They keep the worst of files under 100 MB of memory and a second of time.
const (
	// MaxBytes is the largest file.
	MaxBytes = 256 << 10
	// MaxDepth is how deep mappings and lists may stand in each other, aliases followed.
	MaxDepth = 64
	// MaxExpanded is how many values a file that uses aliases may have when they are all written out.
	MaxExpanded = 100_000
)

// Document is one file. It is for one goroutine.
type Document struct {
	file      string
	text      []byte
	root      *yaml.Node
	rewritten map[*yaml.Node]rewrite
}

// Parse reads a whole file. A document that is nil comes with at least one error.
func Parse(file string, text []byte) (*Document, core.Problems) {
	var ps core.Problems
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !readable(&ps, file, text) {
		return nil, ps
	}
	root, err := parse(text)
	if err != nil {
		return nil, core.Problems{syntaxProblem(file, text, err)}
	}
	if root == nil {
		ps.Errorf(core.Position{File: file, Line: 1, Column: 1}, "", "the file is empty")
		return nil, ps
	}
	d := &Document{file: file, text: text, root: root, rewritten: map[*yaml.Node]rewrite{}}
	if ps = d.bounds(); ps.Failed() {
		return nil, ps
	}
	return d, nil
}

// Root is the outermost value.
func (d *Document) Root() Value { return d.value(d.root) }

// readable refuses what is too long or not UTF-8 before it costs anything.
func readable(ps *core.Problems, file string, text []byte) bool {
	if len(text) > MaxBytes {
		ps.Errorf(positionOf(file, text, MaxBytes), "a configuration is at most "+FormatBytes(MaxBytes),
			"the file is too long")
		return false
	}
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n <= 1 {
			ps.Errorf(positionOf(file, text, at), "save the file as UTF-8", "byte 0x%02x is not UTF-8", text[at])
			return false
		}
		at += n
	}
	return true
}

// parse returns the one document's outermost node, nil where the text holds none.
func parse(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errSecond
		}
		return nil, err
	}
	return first.Content[0], nil
}

var errSecond = errors.New("a second document begins after `---`")

// positionOf counts lines and characters up to the byte at offset.
func positionOf(file string, text []byte, offset int) core.Position {
	before := text[:min(offset, len(text))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return core.Position{File: file, Line: bytes.Count(before, []byte("\n")) + 1,
		Column: utf8.RuneCount(before[start:]) + 1}
}
