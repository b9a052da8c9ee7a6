package marshal

import (
	"encoding/binary"
	"math"
	"math/big"
)

// The major types of CBOR, RFC 8949 section 3.1.
const (
	majorUnsigned = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

// The tags that have a meaning here, RFC 8949 section 3.4.
const (
	tagTimeText  = 0
	tagTimeEpoch = 1
	tagPositive  = 2
	tagNegative  = 3
	tagDecimal   = 4
	tagBigfloat  = 5
)

// The simple values and floats, RFC 8949 section 3.3.
const (
	simpleFalse = 0xf4 + iota
	simpleTrue
	simpleNull
	simpleUndefined
)

const (
	half   = 25
	single = 26
	double = 27
	// indefinite is the additional information of a length that an item 0xff ends.
	indefinite = 31
	stop       = 0xff
)

// appendHead appends the head of an item in its shortest form.
func appendHead(b []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

// closeContainer puts the right head in the place of the one byte that was left for it at start.
func closeContainer(b []byte, start int, major byte, n uint64) []byte {
	if n < 24 {
		b[start] = major<<5 | byte(n)
		return b
	}
	var head [9]byte
	h := appendHead(head[:0], major, n)
	b = append(b, h[1:]...)
	copy(b[start+len(h):], b[start+1:len(b)-len(h)+1])
	copy(b[start:], h)
	return b
}

func appendFloat(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, majorSimple<<5|double), math.Float64bits(f))
}

// appendInteger appends an integer of any size, those beyond 64 bits as bignums.
func appendInteger(b []byte, n *big.Int) []byte {
	tag, major := uint64(tagPositive), byte(majorUnsigned)
	if n.Sign() < 0 {
		tag, major = tagNegative, majorNegative
		n = new(big.Int).Not(n) // -1 - n
	}
	if n.IsUint64() {
		return appendHead(b, major, n.Uint64())
	}
	digits := n.Bytes()
	b = appendHead(b, majorTag, tag)
	b = appendHead(b, majorBytes, uint64(len(digits)))
	return append(b, digits...)
}
