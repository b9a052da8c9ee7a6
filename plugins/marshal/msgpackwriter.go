package marshal

import (
	"errors"
	"math"
	"slices"

	"github.com/tinylib/msgp/msgp"
)

// packWriter reads one CBOR item and writes the same value as MessagePack.
type packWriter struct {
	cborReader
	out []byte
}

var (
	errWide    = errors.New("an integer beyond 64 bits, which MessagePack does not have")
	errPrecise = errors.New("a number that no float of 64 bits stands for, which MessagePack does not have")
)

func (w *packWriter) value(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	major, info, n, err := w.head()
	if err != nil {
		return err
	}
	switch major {
	case majorUnsigned:
		w.out = msgp.AppendUint64(w.out, n)
		return nil
	case majorNegative:
		return w.negative(n)
	case majorBytes:
		b, err := w.chunks(majorBytes, info, n)
		w.out = msgp.AppendBytes(w.out, b)
		return err
	case majorText:
		s, err := w.text(info, n)
		w.out = msgp.AppendStringFromBytes(w.out, s)
		return err
	case majorArray:
		return w.container(info, n, msgp.AppendArrayHeader, func(i uint64) error { return w.entry(depth, i) })
	case majorMap:
		var seen keySet
		return w.container(info, n, msgp.AppendMapHeader, func(i uint64) error { return w.member(depth, i, &seen) })
	case majorTag:
		return w.tagged(depth, n)
	}
	return w.simple(info, n)
}

// negative writes the integer -1 - n.
func (w *packWriter) negative(n uint64) error {
	if n > math.MaxInt64 {
		return errWide
	}
	w.out = msgp.AppendInt64(w.out, -1-int64(n))
	return nil
}

// container writes a head with the number of entries and each of them. Where the number is known only at the end the
// head is put in then.
func (w *packWriter) container(info byte, n uint64, appendSize func([]byte, uint32) []byte, entry func(uint64) error) error {
	start := len(w.out)
	if info != indefinite {
		if n > uint64(len(w.rest)) {
			return errShort
		}
		w.out = appendSize(w.out, uint32(n))
	}
	i := uint64(0)
	for ; w.more(info, i, n); i++ {
		if err := entry(i); err != nil {
			return err
		}
	}
	if info == indefinite {
		w.out = slices.Insert(w.out, start, appendSize(nil, uint32(i))...)
	}
	return nil
}

func (w *packWriter) entry(depth int, i uint64) error {
	return inEntry(w.value(depth+1), i)
}

// member writes one key and its value.
func (w *packWriter) member(depth int, i uint64, seen *keySet) error {
	start := len(w.out)
	if w.next() != majorText {
		err := w.value(depth + 1)
		if err == nil {
			err = w.memberValue(depth, w.out[start:], seen)
		}
		return inEntry(err, i)
	}
	_, info, n, err := w.head()
	if err != nil {
		return err
	}
	name, err := w.text(info, n)
	if err != nil {
		return err
	}
	w.out = msgp.AppendStringFromBytes(w.out, name)
	return inKey(w.memberValue(depth, w.out[start:], seen), name)
}

// memberValue notes a key as it was written and writes its value.
func (w *packWriter) memberValue(depth int, key []byte, seen *keySet) error {
	if err := seen.add(key); err != nil {
		return err
	}
	return w.value(depth + 1)
}

func (w *packWriter) simple(info byte, n uint64) error {
	switch {
	case info == half || info == single:
		w.out = msgp.AppendFloat32(w.out, float32(float(info, n)))
		return nil
	case info == double:
		w.out = msgp.AppendFloat64(w.out, float(info, n))
		return nil
	}
	switch majorSimple<<5 | info {
	case simpleFalse:
		w.out = msgp.AppendBool(w.out, false)
	case simpleTrue:
		w.out = msgp.AppendBool(w.out, true)
	case simpleNull, simpleUndefined:
		w.out = msgp.AppendNil(w.out)
	default:
		return errSimple
	}
	return nil
}
