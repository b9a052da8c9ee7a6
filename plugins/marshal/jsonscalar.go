package marshal

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

func (w *jsonWriter) simple(info byte, n uint64) error {
	if info < half {
		return w.constant(info)
	}
	f := float(info, n)
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

var errSimple = errors.New("a simple value other than false, true, null and undefined")

func (w *jsonWriter) constant(info byte) error {
	switch majorSimple<<5 | info {
	case simpleFalse:
		w.out = append(w.out, "false"...)
	case simpleTrue:
		w.out = append(w.out, "true"...)
	case simpleNull, simpleUndefined:
		w.out = append(w.out, "null"...)
	default:
		return errSimple
	}
	return nil
}

// decimalText is a decimal fraction in JSON. Its length grows with the mantissa only.
func decimalText(mantissa *big.Int, exponent int64) string {
	digits := mantissa.Text(10)
	sign := ""
	if mantissa.Sign() < 0 {
		sign, digits = "-", digits[1:]
	}
	point := int64(len(digits)) + exponent
	switch {
	case exponent == 0:
		return sign + digits
	case exponent < 0 && point > 0:
		return sign + digits[:point] + "." + digits[point:]
	case exponent < 0 && point > -6:
		return sign + "0." + strings.Repeat("0", int(-point)) + digits
	}
	return sign + digits + "e" + strconv.FormatInt(exponent, 10)
}
