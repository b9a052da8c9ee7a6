package marshal

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"
)

// packReader reads one MessagePack value and writes the same as CBOR. The library reads heads and scalars out of the
// input; no memory is taken for entries that are not there.
type packReader struct{ rest, out []byte }

var (
	errPackShort = errors.New("the MessagePack value ends in the middle")
	errPackType  = errors.New("a byte that begins no MessagePack value")
)

// plainly says what the library found in the words of this package.
func plainly(err error) error {
	if err != nil && msgp.Cause(err) == msgp.ErrShortBytes {
		return errPackShort
	}
	return err
}

func (r *packReader) value(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	if len(r.rest) == 0 {
		return errPackShort
	}
	switch msgp.NextType(r.rest) {
	case msgp.MapType:
		return r.object(depth)
	case msgp.ArrayType:
		return r.array(depth)
	case msgp.InvalidType:
		return errPackType
	}
	return plainly(r.scalar())
}

func (r *packReader) scalar() error {
	var err error
	switch msgp.NextType(r.rest) {
	case msgp.StrType:
		_, err = r.text()
	case msgp.BinType:
		var b []byte
		b, r.rest, err = msgp.ReadBytesZC(r.rest)
		r.out = append(appendHead(r.out, majorBytes, uint64(len(b))), b...)
	case msgp.IntType:
		err = r.integer()
	case msgp.UintType:
		var n uint64
		n, r.rest, err = msgp.ReadUint64Bytes(r.rest)
		r.out = appendHead(r.out, majorUnsigned, n)
	case msgp.Float64Type, msgp.Float32Type:
		var f float64
		f, r.rest, err = msgp.ReadFloat64Bytes(r.rest)
		r.out = appendFloat(r.out, f)
	case msgp.BoolType:
		err = r.boolean()
	case msgp.NilType:
		r.rest, r.out = r.rest[1:], append(r.out, simpleNull)
	default:
		err = r.extension()
	}
	return err
}

func (r *packReader) boolean() error {
	yes, rest, err := msgp.ReadBoolBytes(r.rest)
	simple := byte(simpleFalse)
	if yes {
		simple = simpleTrue
	}
	r.rest, r.out = rest, append(r.out, simple)
	return err
}

func (r *packReader) integer() error {
	n, rest, err := msgp.ReadInt64Bytes(r.rest)
	r.rest = rest
	if n < 0 {
		r.out = appendHead(r.out, majorNegative, uint64(-(n + 1)))
		return err
	}
	r.out = appendHead(r.out, majorUnsigned, uint64(n))
	return err
}

// text reads a string and returns it as it stands in the output.
func (r *packReader) text() ([]byte, error) {
	s, rest, err := msgp.ReadStringZC(r.rest)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(s) {
		return nil, errUTF8
	}
	r.rest = rest
	r.out = append(appendHead(r.out, majorText, uint64(len(s))), s...)
	return r.out[len(r.out)-len(s):], nil
}

func (r *packReader) array(depth int) error {
	n, rest, err := msgp.ReadArrayHeaderBytes(r.rest)
	if err != nil {
		return plainly(err)
	}
	r.rest = rest
	r.out = appendHead(r.out, majorArray, uint64(n))
	for i := range uint64(n) {
		if err := r.value(depth + 1); err != nil {
			return inEntry(err, i)
		}
	}
	return nil
}

func (r *packReader) object(depth int) error {
	n, rest, err := msgp.ReadMapHeaderBytes(r.rest)
	if err != nil {
		return plainly(err)
	}
	r.rest = rest
	r.out = appendHead(r.out, majorMap, uint64(n))
	var seen keySet
	for i := range uint64(n) {
		if err := r.member(depth, i, &seen); err != nil {
			return err
		}
	}
	return nil
}

func (r *packReader) member(depth int, i uint64, seen *keySet) error {
	start := len(r.out)
	if len(r.rest) == 0 || msgp.NextType(r.rest) != msgp.StrType {
		err := r.value(depth + 1)
		if err == nil {
			err = r.memberValue(depth, r.out[start:], seen)
		}
		return inEntry(err, i)
	}
	name, err := r.text()
	if err == nil {
		err = r.memberValue(depth, r.out[start:], seen)
	}
	return inKey(plainly(err), name)
}

// memberValue notes a key as it was written and reads its value.
func (r *packReader) memberValue(depth int, key []byte, seen *keySet) error {
	if err := seen.add(key); err != nil {
		return err
	}
	return r.value(depth + 1)
}

// The heads of timestamps of 4, 8 and 12 bytes: the only extension that is part of MessagePack.
const (
	stamp32 = "\xd6\xff"
	stamp64 = "\xd7\xff"
	stamp96 = "\xc7\x0c\xff"
)

// extension reads a timestamp. Others mean something to their makers only.
func (r *packReader) extension() error {
	head := string(r.rest[:min(3, len(r.rest))])
	if len(head) < 3 {
		return errPackShort
	}
	if head[:2] != stamp32 && head[:2] != stamp64 && head != stamp96 {
		return fmt.Errorf("an extension other than a timestamp, which other formats do not have")
	}
	at, rest, err := msgp.ReadTimeUTCBytes(r.rest)
	if err != nil {
		return err
	}
	if s := at.Unix(); s < firstSecond || s > lastSecond {
		return errYear
	}
	r.rest = rest
	var room [len(time.RFC3339Nano)]byte
	text := at.AppendFormat(room[:0], time.RFC3339Nano)
	r.out = appendHead(r.out, majorTag, tagTimeText)
	r.out = append(appendHead(r.out, majorText, uint64(len(text))), text...)
	return nil
}
