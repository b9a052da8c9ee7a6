package marshal

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

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

// tagged writes numbers and times by their meaning, others as what they hold.
func (w *packWriter) tagged(depth int, tag uint64) error {
	switch tag {
	case tagTimeText:
		return w.stampText()
	case tagTimeEpoch:
		at, err := w.timeEpoch()
		w.out = msgp.AppendTimeExt(w.out, at)
		return err
	case tagPositive, tagNegative:
		n, err := w.bignum(tag)
		if err != nil {
			return err
		}
		return w.big(n)
	case tagDecimal:
		return w.fraction()
	case tagBigfloat:
		return errBigfloat
	}
	return w.value(depth + 1)
}

// stampText writes a time that is a text as a timestamp.
func (w *packWriter) stampText() error {
	text, at, err := w.timeText()
	if err != nil {
		return err
	}
	// A timestamp counts nanoseconds; what is finer would be lost.
	_, fraction, _ := bytes.Cut(text, []byte("."))
	digits := bytes.IndexFunc(fraction, func(c rune) bool { return c < '0' || c > '9' })
	if digits > len("999999999") {
		return fmt.Errorf("a time with %d digits of a second's fraction, more than the 9 that MessagePack has", digits)
	}
	if at.Unix() < firstSecond || at.Unix() > lastSecond {
		return errYear
	}
	w.out = msgp.AppendTimeExt(w.out, at)
	return nil
}

func (w *packWriter) big(n *big.Int) error {
	switch {
	case n.IsUint64():
		w.out = msgp.AppendUint64(w.out, n.Uint64())
	case n.IsInt64():
		w.out = msgp.AppendInt64(w.out, n.Int64())
	default:
		return errWide
	}
	return nil
}

// fraction writes a decimal fraction as the float that stands for it: the one whose shortest text is the same number,
// so that whoever reads it as JSON would have it has got the same, and it comes back as the number it was.
func (w *packWriter) fraction() error {
	mantissa, exponent, err := w.decimal()
	if err != nil {
		return err
	}
	if mantissa.BitLen() > floatDigits*4 {
		return errPrecise
	}
	f, err := strconv.ParseFloat(mantissa.Text(10)+"e"+strconv.FormatInt(exponent, 10), 64)
	if err != nil || f == 0 && mantissa.Sign() != 0 || !writesExactly(f, mantissa, exponent) {
		return errPrecise
	}
	w.out = msgp.AppendFloat64(w.out, f)
	return nil
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
