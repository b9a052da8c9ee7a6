package marshal

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string; the result is good until the next one.
func (r *jsonReader) str() ([]byte, error) {
	r.pos++
	start := r.pos
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '"':
			s := r.text[start:r.pos]
			r.pos++
			if !utf8.Valid(s) {
				return nil, errUTF8
			}
			return s, nil
		case c == '\\':
			r.plain = append(r.plain[:0], r.text[start:r.pos]...)
			return r.escaped()
		case c < ' ':
			return nil, r.unexpected()
		}
		r.pos++
	}
	return nil, errEnds
}

// escaped reads the rest of a string from its first escape on.
func (r *jsonReader) escaped() ([]byte, error) {
	for r.pos < len(r.text) {
		c := r.text[r.pos]
		switch {
		case c == '"':
			r.pos++
			if !utf8.Valid(r.plain) {
				return nil, errUTF8
			}
			return r.plain, nil
		case c < ' ':
			return nil, r.unexpected()
		case c != '\\':
			r.plain = append(r.plain, c)
			r.pos++
			continue
		}
		r.pos++
		if err := r.escape(); err != nil {
			return nil, err
		}
	}
	return nil, errEnds
}

var shortEscapes = map[byte]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape reads what follows a backslash.
func (r *jsonReader) escape() error {
	c := r.peek()
	if plain, ok := shortEscapes[c]; ok {
		r.plain = append(r.plain, plain)
		r.pos++
		return nil
	}
	if c != 'u' {
		return r.unexpected()
	}
	first, err := r.unit()
	if err != nil {
		return err
	}
	if !utf16.IsSurrogate(first) {
		r.plain = utf8.AppendRune(r.plain, first)
		return nil
	}
	if !r.accept('\\') || r.peek() != 'u' {
		return errAlone
	}
	second, err := r.unit()
	if err != nil {
		return err
	}
	pair := utf16.DecodeRune(first, second)
	if pair == utf8.RuneError {
		return errAlone
	}
	r.plain = utf8.AppendRune(r.plain, pair)
	return nil
}

// unit reads the u and four hexadecimal digits.
func (r *jsonReader) unit() (rune, error) {
	if r.pos+5 > len(r.text) {
		return 0, errEnds
	}
	n, err := strconv.ParseUint(string(r.text[r.pos+1:r.pos+5]), 16, 16)
	if err != nil {
		return 0, r.unexpected()
	}
	r.pos += 5
	return rune(n), nil
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends a JSON string; only what must be escaped is.
func appendQuoted[T []byte | string](out []byte, s T) []byte {
	out = append(out, '"')
	plain := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[plain:i]...)
		plain = i + 1
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, '\\', 'n')
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(out, s[plain:]...), '"')
}
