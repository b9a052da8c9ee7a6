package marshal

import (
	"errors"
	"math"
	"math/big"
	"time"
)

var errBigfloat = errors.New("a bigfloat (tag 5), which the format does not have")

// bignum reads the byte string of tag 2 or 3.
func (r *cborReader) bignum(tag uint64) (*big.Int, error) {
	major, info, n, err := r.head()
	if err != nil {
		return nil, err
	}
	if major != majorBytes {
		return nil, errors.New("a bignum that is not a byte string")
	}
	digits, err := r.chunks(majorBytes, info, n)
	if err != nil {
		return nil, err
	}
	if len(digits) > bignumLimit {
		return nil, errDigits
	}
	value := new(big.Int).SetBytes(digits)
	if tag == tagNegative {
		value.Not(value)
	}
	return value, nil
}

var errDecimal = errors.New("a decimal fraction that is not an array of two integers")

// decimal reads the [exponent, mantissa] of tag 4.
func (r *cborReader) decimal() (mantissa *big.Int, exponent int64, err error) {
	major, _, n, err := r.head()
	if err != nil {
		return nil, 0, err
	}
	if major != majorArray || n != 2 {
		return nil, 0, errDecimal
	}
	power, err := r.integer()
	if err != nil {
		return nil, 0, err
	}
	if mantissa, err = r.integer(); err != nil {
		return nil, 0, err
	}
	if !power.IsInt64() || outOfRange(power.Int64()) {
		return nil, 0, errExponent
	}
	return mantissa, power.Int64(), nil
}

// integer reads an integer of any size.
func (r *cborReader) integer() (*big.Int, error) {
	major, info, n, err := r.head()
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
		return r.bignum(n)
	}
	return nil, errDecimal
}

// timeText reads a time that is a text already (RFC 3339), as it is and as its value.
func (r *cborReader) timeText() ([]byte, time.Time, error) {
	major, info, n, err := r.head()
	if err != nil {
		return nil, time.Time{}, err
	}
	if major != majorText {
		return nil, time.Time{}, errors.New("a time that is not a text")
	}
	s, err := r.text(info, n)
	if err != nil {
		return nil, time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, string(s))
	if err != nil {
		return nil, time.Time{}, errors.New("a time that is not as RFC 3339 has it")
	}
	return s, at, nil
}

// The seconds of the years 0 and 9999, which RFC 3339 can write.
const (
	firstSecond = -62167219200
	lastSecond  = 253402300799
)

var errYear = errors.New("a time outside of the years 0 to 9999")

// timeEpoch reads seconds since 1970, down to microseconds.
func (r *cborReader) timeEpoch() (time.Time, error) {
	seconds, err := r.seconds()
	if err != nil {
		return time.Time{}, err
	}
	if !(seconds >= firstSecond && seconds <= lastSecond) {
		return time.Time{}, errYear
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC(), nil
}

// seconds reads an integer or a float.
func (r *cborReader) seconds() (float64, error) {
	major, info, n, err := r.head()
	switch {
	case err != nil:
		return 0, err
	case major == majorUnsigned:
		return float64(n), nil
	case major == majorNegative:
		return -1 - float64(n), nil
	case major == majorSimple && info >= half && info <= double:
		return float(info, n), nil
	}
	return 0, errors.New("a time that is not a number")
}
