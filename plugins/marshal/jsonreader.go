package marshal

import (
	"errors"
	"fmt"
)

// jsonReader reads one JSON text (RFC 8259) and writes the same value as CBOR. It is stricter than the grammar where a
// value could change on its way: duplicate names and lone surrogates are errors.
type jsonReader struct {
	text []byte
	pos  int
	out  []byte
	// plain is the last string that had escapes, without them.
	plain []byte
}

var (
	errEnds  = errors.New("the JSON text ends in the middle")
	errDeep  = fmt.Errorf("nested deeper than %d", maxDepth)
	errUTF8  = errors.New("a string that is not UTF-8")
	errAlone = errors.New("a string with half a surrogate pair")
)

func (r *jsonReader) document() error {
	r.space()
	if err := r.value(0); err != nil {
		return err
	}
	r.space()
	if r.pos < len(r.text) {
		return r.unexpected()
	}
	return nil
}

func (r *jsonReader) unexpected() error {
	if r.pos >= len(r.text) {
		return errEnds
	}
	return fmt.Errorf("unexpected character %q at byte %d", r.text[r.pos], r.pos+1)
}

func (r *jsonReader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// peek is the next byte, 0 at the end.
func (r *jsonReader) peek() byte {
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

// accept skips the byte if it is next.
func (r *jsonReader) accept(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.pos++
	return true
}

func (r *jsonReader) value(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	switch c := r.peek(); {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		s, err := r.str()
		r.putText(s)
		return err
	case c == 't':
		return r.word("true", simpleTrue)
	case c == 'f':
		return r.word("false", simpleFalse)
	case c == 'n':
		return r.word("null", simpleNull)
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	return r.unexpected()
}

func (r *jsonReader) word(word string, simple byte) error {
	for i := range len(word) {
		if !r.accept(word[i]) {
			return r.unexpected()
		}
	}
	r.out = append(r.out, simple)
	return nil
}

func (r *jsonReader) putText(s []byte) {
	r.out = append(appendHead(r.out, majorText, uint64(len(s))), s...)
}

func (r *jsonReader) array(depth int) error {
	start := len(r.out)
	r.out = append(r.out, 0)
	r.pos++
	r.space()
	n := uint64(0)
	for more := !r.accept(']'); more; n++ {
		r.space()
		if err := r.value(depth + 1); err != nil {
			return inEntry(err, n)
		}
		r.space()
		if more = r.accept(','); !more && !r.accept(']') {
			return r.unexpected()
		}
	}
	r.out = closeContainer(r.out, start, majorArray, n)
	return nil
}

func (r *jsonReader) object(depth int) error {
	start := len(r.out)
	r.out = append(r.out, 0)
	r.pos++
	r.space()
	var seen keySet
	n := uint64(0)
	for more := !r.accept('}'); more; n++ {
		r.space()
		if err := r.member(depth, &seen); err != nil {
			return err
		}
		r.space()
		if more = r.accept(','); !more && !r.accept('}') {
			return r.unexpected()
		}
	}
	r.out = closeContainer(r.out, start, majorMap, n)
	return nil
}

// member reads one name and its value.
func (r *jsonReader) member(depth int, seen *keySet) error {
	if r.peek() != '"' {
		return r.unexpected()
	}
	s, err := r.str()
	if err != nil {
		return err
	}
	r.putText(s)
	// What is written stays as it is until the object is closed.
	name := r.out[len(r.out)-len(s):]
	if err := seen.add(name); err != nil {
		return inKey(err, name)
	}
	if err := r.colon(); err != nil {
		return inKey(err, name)
	}
	return inKey(r.value(depth+1), name)
}

// colon reads what stands between a name and its value.
func (r *jsonReader) colon() error {
	r.space()
	if !r.accept(':') {
		return r.unexpected()
	}
	r.space()
	return nil
}
