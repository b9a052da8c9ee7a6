package marshal

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"
)

// cborReader reads one CBOR item (RFC 8949) piece by piece. It believes no length that the input does not hold, so that
// nothing is ever allocated for what is not there.
type cborReader struct{ rest []byte }

var (
	errShort    = errors.New("the CBOR item ends in the middle")
	errReserved = errors.New("a CBOR head that is not well-formed")
)

// head reads the head of an item: its major type, the five bits beside it and the number they stand for.
func (r *cborReader) head() (major, info byte, n uint64, err error) {
	if len(r.rest) == 0 {
		return 0, 0, 0, errShort
	}
	major, info = r.rest[0]>>5, r.rest[0]&31
	r.rest = r.rest[1:]
	switch {
	case info < 24:
		return major, info, uint64(info), nil
	case info == indefinite:
		if major < majorBytes || major > majorMap {
			return 0, 0, 0, errReserved
		}
		return major, info, 0, nil
	case info > double:
		return 0, 0, 0, errReserved
	}
	size := 1 << (info - 24)
	if len(r.rest) < size {
		return 0, 0, 0, errShort
	}
	var full [8]byte
	copy(full[8-size:], r.rest)
	r.rest = r.rest[size:]
	return major, info, binary.BigEndian.Uint64(full[:]), nil
}

// next is the major type of the next item, without reading it.
func (r *cborReader) next() byte {
	if len(r.rest) == 0 {
		return majorSimple
	}
	return r.rest[0] >> 5
}

// chunks is the contents of a byte or text string, whole or in pieces.
func (r *cborReader) chunks(major, info byte, n uint64) ([]byte, error) {
	if info != indefinite {
		return r.take(n)
	}
	var all []byte
	for !r.ended() {
		m, info, n, err := r.head()
		if err != nil {
			return nil, err
		}
		if m != major || info == indefinite {
			return nil, errReserved
		}
		piece, err := r.take(n)
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

func (r *cborReader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.rest)) {
		return nil, errShort
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b, nil
}

// ended skips the end of a container of indefinite length if it is next.
func (r *cborReader) ended() bool {
	if len(r.rest) == 0 || r.rest[0] != stop {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *cborReader) text(info byte, n uint64) ([]byte, error) {
	s, err := r.chunks(majorText, info, n)
	if err == nil && !utf8.Valid(s) {
		err = errUTF8
	}
	return s, err
}

// more reports whether entry i of a container is there.
func (r *cborReader) more(info byte, i, n uint64) bool {
	if info == indefinite {
		return !r.ended()
	}
	return i < n
}

// float is the value of a float's head.
func float(info byte, n uint64) float64 {
	switch info {
	case half:
		return float64(halfFloat(uint16(n)))
	case single:
		return float64(math.Float32frombits(uint32(n)))
	}
	return math.Float64frombits(n)
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
