package marshal

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"time"
)

// negativeText is the integer -1 - n.
func negativeText(n uint64) string {
	if n < math.MaxInt64 {
		return strconv.FormatInt(-1-int64(n), 10)
	}
	return new(big.Int).Not(new(big.Int).SetUint64(n)).String()
}

// tagged writes a tagged item: bignums, decimal fractions and times by their meaning, others as what they hold.
func (w *jsonWriter) tagged(depth int, tag uint64) error {
	switch tag {
	case tagTimeText:
		return w.timeText()
	case tagTimeEpoch:
		return w.timeEpoch()
	case tagPositive, tagNegative:
		n, err := w.bignum(tag)
		if err != nil {
			return err
		}
		w.out = n.Append(w.out, 10)
		return nil
	case tagDecimal:
		return w.decimal()
	}
	return w.value(depth + 1)
}

func (w *jsonWriter) bignum(tag uint64) (*big.Int, error) {
	major, info, n, err := w.head()
	if err != nil {
		return nil, err
	}
	if major != majorBytes {
		return nil, errors.New("a bignum that is not a byte string")
	}
	digits, err := w.chunks(majorBytes, info, n)
	if err != nil {
		return nil, err
	}
	value := new(big.Int).SetBytes(digits)
	if tag == tagNegative {
		value.Not(value)
	}
	return value, nil
}

var errDecimal = errors.New("a decimal fraction that is not an array of two integers")

// decimal writes [exponent, mantissa].
func (w *jsonWriter) decimal() error {
	major, _, n, err := w.head()
	if err != nil {
		return err
	}
	if major != majorArray || n != 2 {
		return errDecimal
	}
	exponent, err := w.integer()
	if err != nil {
		return err
	}
	mantissa, err := w.integer()
	if err != nil {
		return err
	}
	if !exponent.IsInt64() || outOfRange(exponent.Int64()) {
		return errExponent
	}
	w.out = append(w.out, decimalText(mantissa, exponent.Int64())...)
	return nil
}

// integer reads an integer of any size.
func (w *jsonWriter) integer() (*big.Int, error) {
	major, info, n, err := w.head()
	switch {
	case err != nil:
		return nil, err
	case info == indefinite:
		return nil, errReserved
	case major == majorUnsigned:
		return new(big.Int).SetUint64(n), nil
	case major == majorNegative:
		return new(big.Int).Not(new(big.Int).SetUint64(n)), nil
	case major == majorTag && (n == tagPositive || n == tagNegative):
		return w.bignum(n)
	}
	return nil, errDecimal
}

// timeText writes a time that is a text already (RFC 3339).
func (w *jsonWriter) timeText() error {
	major, info, n, err := w.head()
	if err != nil {
		return err
	}
	if major != majorText {
		return errors.New("a time that is not a text")
	}
	s, err := w.text(info, n)
	if err != nil {
		return err
	}
	if _, err := time.Parse(time.RFC3339, string(s)); err != nil {
		return errors.New("a time that is not as RFC 3339 has it")
	}
	w.quote(s)
	return nil
}

// The seconds of the years 0 and 9999, which RFC 3339 can write.
const (
	firstSecond = -62167219200
	lastSecond  = 253402300799
)

// timeEpoch writes seconds since 1970 as RFC 3339 in UTC.
func (w *jsonWriter) timeEpoch() error {
	seconds, err := w.seconds()
	if err != nil {
		return err
	}
	if !(seconds >= firstSecond && seconds <= lastSecond) {
		return errors.New("a time outside of the years 0 to 9999")
	}
	whole, fraction := math.Modf(seconds)
	at := time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC()
	w.out = append(w.out, '"')
	w.out = at.AppendFormat(w.out, time.RFC3339Nano)
	w.out = append(w.out, '"')
	return nil
}

// seconds reads an integer or a float.
func (w *jsonWriter) seconds() (float64, error) {
	major, info, n, err := w.head()
	switch {
	case err != nil:
		return 0, err
	case major == majorUnsigned:
		return float64(n), nil
	case major == majorNegative:
		return -1 - float64(n), nil
	case major == majorSimple && info == half:
		return float64(halfFloat(uint16(n))), nil
	case major == majorSimple && info == single:
		return float64(math.Float32frombits(uint32(n))), nil
	case major == majorSimple && info == double:
		return math.Float64frombits(n), nil
	}
	return 0, errors.New("a time that is not a number")
}
