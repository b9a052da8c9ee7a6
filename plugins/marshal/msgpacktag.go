package marshal

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"

	"github.com/tinylib/msgp/msgp"
)

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
