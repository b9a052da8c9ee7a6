package marshal

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// jsonWriter reads one CBOR item and writes the same value as JSON. It believes no length that the input does not
// hold.
type jsonWriter struct {
	path
	rest          []byte
	out           []byte
	bytesAsBase64 bool
}

var (
	errShort    = errors.New("the CBOR item ends in the middle")
	errReserved = errors.New("a CBOR head that is not well-formed")
	errBytes    = errors.New("a byte string, which JSON does not have (bytes: base64 allows it)")
)

// head reads the head of an item: its major type, the five bits beside it and the number they stand for.
func (w *jsonWriter) head() (major, info byte, n uint64, err error) {
	if len(w.rest) == 0 {
		return 0, 0, 0, errShort
	}
	major, info = w.rest[0]>>5, w.rest[0]&31
	w.rest = w.rest[1:]
	switch {
	case info < 24:
		return major, info, uint64(info), nil
	case info == indefinite:
		return major, info, 0, nil
	case info > 27:
		return 0, 0, 0, errReserved
	}
	size := 1 << (info - 24)
	if len(w.rest) < size {
		return 0, 0, 0, errShort
	}
	var full [8]byte
	copy(full[8-size:], w.rest)
	w.rest = w.rest[size:]
	return major, info, binary.BigEndian.Uint64(full[:]), nil
}

func (w *jsonWriter) value(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	major, info, n, err := w.head()
	if err != nil {
		return err
	}
	if info == indefinite && (major < majorBytes || major > majorMap) {
		return errReserved
	}
	switch major {
	case majorUnsigned:
		w.out = strconv.AppendUint(w.out, n, 10)
		return nil
	case majorNegative:
		w.out = append(w.out, negativeText(n)...)
		return nil
	case majorBytes:
		return w.binary(info, n)
	case majorText:
		s, err := w.text(info, n)
		w.quote(s)
		return err
	case majorArray:
		return w.array(depth, info, n)
	case majorMap:
		return w.object(depth, info, n)
	case majorTag:
		return w.tagged(depth, n)
	}
	return w.simple(info, n)
}

func (w *jsonWriter) binary(info byte, n uint64) error {
	if !w.bytesAsBase64 {
		return errBytes
	}
	b, err := w.chunks(majorBytes, info, n)
	w.out = append(w.out, '"')
	w.out = base64.StdEncoding.AppendEncode(w.out, b)
	w.out = append(w.out, '"')
	return err
}

// chunks is the contents of a byte or text string, whole or in pieces.
func (w *jsonWriter) chunks(major, info byte, n uint64) ([]byte, error) {
	if info != indefinite {
		return w.take(n)
	}
	var all []byte
	for !w.ended() {
		m, info, n, err := w.head()
		if err != nil {
			return nil, err
		}
		if m != major || info == indefinite {
			return nil, errReserved
		}
		piece, err := w.take(n)
		if err != nil {
			return nil, err
		}
		if major == majorText && !utf8.Valid(piece) {
			return nil, errUTF8
		}
		all = append(all, piece...)
	}
	return all, nil
}

func (w *jsonWriter) take(n uint64) ([]byte, error) {
	if n > uint64(len(w.rest)) {
		return nil, errShort
	}
	b := w.rest[:n]
	w.rest = w.rest[n:]
	return b, nil
}

// ended skips the end of a container of indefinite length if it is next.
func (w *jsonWriter) ended() bool {
	if len(w.rest) == 0 || w.rest[0] != stop {
		return false
	}
	w.rest = w.rest[1:]
	return true
}

func (w *jsonWriter) text(info byte, n uint64) ([]byte, error) {
	s, err := w.chunks(majorText, info, n)
	if err == nil && !utf8.Valid(s) {
		err = errUTF8
	}
	return s, err
}

// more reports whether entry i of a container is there.
func (w *jsonWriter) more(info byte, i, n uint64) bool {
	if info == indefinite {
		return !w.ended()
	}
	return i < n
}

func (w *jsonWriter) array(depth int, info byte, n uint64) error {
	w.out = append(w.out, '[')
	for i := uint64(0); w.more(info, i, n); i++ {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.enterIndex(i)
		if err := w.value(depth + 1); err != nil {
			return err
		}
		w.leave()
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *jsonWriter) object(depth int, info byte, n uint64) error {
	w.out = append(w.out, '{')
	seen := make(map[string]bool)
	for i := uint64(0); w.more(info, i, n); i++ {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.member(depth, seen); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

// member writes one key, which must be a text, and its value.
func (w *jsonWriter) member(depth int, seen map[string]bool) error {
	major, info, n, err := w.head()
	if err != nil {
		return err
	}
	if major != majorText {
		return errors.New("a map key that is not a text, which JSON does not have")
	}
	s, err := w.text(info, n)
	if err != nil {
		return err
	}
	key := string(s)
	w.enter(key)
	if seen[key] {
		return errors.New("a key that stands twice in its map")
	}
	seen[key] = true
	w.quote(s)
	w.out = append(w.out, ':')
	if err := w.value(depth + 1); err != nil {
		return err
	}
	w.leave()
	return nil
}

func (w *jsonWriter) simple(info byte, n uint64) error {
	var f float64
	switch info {
	case half:
		f = float64(halfFloat(uint16(n)))
	case single:
		f = float64(math.Float32frombits(uint32(n)))
	case double:
		f = math.Float64frombits(n)
	default:
		return w.constant(info)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("the number %v, which JSON does not have", f)
	}
	w.float(f)
	return nil
}

// float writes a number so that it is one with a fraction on its way back, too.
func (w *jsonWriter) float(f float64) {
	size := math.Abs(f)
	switch whole := f == math.Trunc(f); {
	case f == 0 && math.Signbit(f):
		w.out = append(w.out, "-0"...)
	case f != 0 && (size < 1e-6 || size >= 1e21):
		w.out = strconv.AppendFloat(w.out, f, 'e', -1, 64)
	case whole:
		w.out = append(strconv.AppendFloat(w.out, f, 'f', -1, 64), ".0"...)
	default:
		w.out = strconv.AppendFloat(w.out, f, 'f', -1, 64)
	}
}

func (w *jsonWriter) constant(info byte) error {
	switch majorSimple<<5 | info {
	case simpleFalse:
		w.out = append(w.out, "false"...)
	case simpleTrue:
		w.out = append(w.out, "true"...)
	case simpleNull, simpleUndefined:
		w.out = append(w.out, "null"...)
	default:
		return errors.New("a simple value that JSON does not have")
	}
	return nil
}

// halfFloat widens an IEEE 754 half-precision float.
func halfFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 0:
		f := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

const hexDigits = "0123456789abcdef"

// quote writes a JSON string; only what must be escaped is.
func (w *jsonWriter) quote(s []byte) {
	w.out = append(w.out, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			w.out = append(w.out, '\\', c)
		case c == '\n':
			w.out = append(w.out, '\\', 'n')
		case c < ' ':
			w.out = append(w.out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			w.out = append(w.out, c)
		}
	}
	w.out = append(w.out, '"')
}
