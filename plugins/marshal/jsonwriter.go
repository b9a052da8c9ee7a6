package marshal

import (
	"encoding/base64"
	"errors"
	"math"
	"math/big"
	"strconv"
	"time"
)

// jsonWriter reads one CBOR item and writes the same value as JSON.
type jsonWriter struct {
	cborReader
	out           []byte
	bytesAsBase64 bool
}

var errBytes = errors.New("a byte string, which JSON does not have (bytes: base64 allows it)")

func (w *jsonWriter) value(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	major, info, n, err := w.head()
	if err != nil {
		return err
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
		w.out = appendQuoted(w.out, s)
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

// negativeText is the integer -1 - n.
func negativeText(n uint64) string {
	if n < math.MaxInt64 {
		return strconv.FormatInt(-1-int64(n), 10)
	}
	return new(big.Int).Not(new(big.Int).SetUint64(n)).String()
}

func (w *jsonWriter) binary(info byte, n uint64) error {
	if !w.bytesAsBase64 {
		return errBytes
	}
	return w.base64(info, n)
}

func (w *jsonWriter) base64(info byte, n uint64) error {
	b, err := w.chunks(majorBytes, info, n)
	w.out = appendBase64(w.out, b)
	return err
}

func appendBase64(out, b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(out, '"'), b), '"')
}

func (w *jsonWriter) array(depth int, info byte, n uint64) error {
	w.out = append(w.out, '[')
	for i := uint64(0); w.more(info, i, n); i++ {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(depth + 1); err != nil {
			return inEntry(err, i)
		}
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *jsonWriter) object(depth int, info byte, n uint64) error {
	w.out = append(w.out, '{')
	var seen keySet
	for i := uint64(0); w.more(info, i, n); i++ {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.member(depth, &seen); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

// member writes one key, which must be a text, and its value.
func (w *jsonWriter) member(depth int, seen *keySet) error {
	major, info, n, err := w.head()
	if err != nil {
		return err
	}
	if major != majorText {
		return errors.New("a map key that is not a text, which JSON does not have")
	}
	key, err := w.text(info, n)
	if err != nil {
		return err
	}
	if err := seen.add(key); err != nil {
		return inKey(err, key)
	}
	w.out = append(appendQuoted(w.out, key), ':')
	return inKey(w.value(depth+1), key)
}

// tagged writes a tagged item: numbers and times by their meaning, others as what they hold.
func (w *jsonWriter) tagged(depth int, tag uint64) error {
	switch tag {
	case tagTimeText:
		s, _, err := w.timeText()
		w.out = appendQuoted(w.out, s)
		return err
	case tagTimeEpoch:
		at, err := w.timeEpoch()
		w.out = append(at.AppendFormat(append(w.out, '"'), time.RFC3339Nano), '"')
		return err
	case tagPositive, tagNegative:
		n, err := w.bignum(tag)
		if err == nil {
			w.out = n.Append(w.out, 10)
		}
		return err
	case tagDecimal:
		mantissa, exponent, err := w.decimal()
		if err == nil {
			w.out = append(w.out, decimalText(mantissa, exponent)...)
		}
		return err
	case tagBigfloat:
		return errBigfloat
	}
	return w.value(depth + 1)
}
