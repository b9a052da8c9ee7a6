package marshal

import (
	"math/big"
	"strconv"
)

const (
	// floatDigits is more significant decimal digits than any float64 has.
	floatDigits = 800
	// fiveLimit is the largest power of five that is below 2^53, the precision of a float64.
	fiveLimit, precision = 22, 53
	// tenLimit is the furthest below one that a power of ten is tried; float64s end there, too.
	tenLimit = -1000
)

// holdsExactly reports whether a float64, if it is large enough, is mantissa times ten to the exponent. It says no of
// some that are further from one than a float64 need be.
func holdsExactly(mantissa *big.Int, exponent int64) bool {
	if mantissa.Sign() == 0 {
		return true
	}
	// A float64 is a number of 53 bits times a power of two, so the fives in the power of ten must find room in it, or in
	// the mantissa, whose bits are then more than twice as many.
	if exponent > fiveLimit || exponent < tenLimit || int64(mantissa.BitLen()) <= -2*exponent || mantissa.BitLen() > floatDigits*4 {
		return false
	}
	fives := new(big.Int).Exp(five, big.NewInt(max(exponent, -exponent)), nil)
	if exponent >= 0 {
		fives.Mul(fives, mantissa)
	} else if _, rest := fives.QuoRem(mantissa, fives, new(big.Int)); rest.Sign() != 0 {
		return false
	}
	return fives.BitLen()-int(fives.TrailingZeroBits()) <= precision
}

var five = big.NewInt(5)

// writesExactly reports whether the shortest text of f is mantissa times ten to the exponent. It need not be: 70000000000015616
// is a float64, and 7.000000000001562e+16 is enough to name it.
func writesExactly(f float64, mantissa *big.Int, exponent int64) bool {
	if mantissa.Sign() == 0 {
		return true // whatever the exponent, which may be far away
	}
	shortest, power, err := splitNumber(strconv.FormatFloat(f, 'e', -1, 64))
	if err != nil {
		return false
	}
	// The same value has the same digits but for zeros at the end.
	for ; power > exponent; power-- {
		shortest.Mul(shortest, ten)
	}
	more := new(big.Int).Set(mantissa)
	for ; exponent > power && more.BitLen() <= floatDigits*4; exponent-- {
		more.Mul(more, ten)
	}
	return exponent == power && shortest.Cmp(more) == 0
}
