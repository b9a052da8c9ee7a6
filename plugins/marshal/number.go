package marshal

import (
	"bytes"
	"errors"
	"math/big"
	"strconv"
	"strings"
)

// number checks the grammar of a number and appends it.
func (r *jsonReader) number() error {
	start := r.pos
	r.accept('-')
	if !r.accept('0') && !r.digits() {
		return r.unexpected()
	}
	if r.accept('.') && !r.digits() {
		return r.unexpected()
	}
	if r.accept('e') || r.accept('E') {
		if !r.accept('+') {
			r.accept('-')
		}
		if !r.digits() {
			return r.unexpected()
		}
	}
	out, err := appendNumber(r.out, r.text[start:r.pos])
	if err != nil {
		return err
	}
	r.out = out
	return nil
}

func (r *jsonReader) digits() bool {
	start := r.pos
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.pos++
	}
	return r.pos > start
}

// appendNumber appends a JSON number, whose syntax was checked: integers as integers of any size, what a float64 both
// holds and writes exactly as one, and the rest as a decimal fraction (tag 4), so that no number changes on its way.
func appendNumber(b, number []byte) ([]byte, error) {
	if out, ok := appendShort(b, number); ok {
		return out, nil
	}
	if len(number) > digitLimit {
		return nil, errDigits
	}
	text := string(number)
	if !strings.ContainsAny(text, ".eE") {
		return appendWhole(b, text), nil
	}
	mantissa, exponent, err := splitNumber(text)
	if err != nil {
		return nil, err
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && holdsExactly(mantissa, exponent) && writesExactly(f, mantissa, exponent) {
		return appendFloat(b, f), nil
	}
	if exponent == 0 {
		return appendInteger(b, mantissa), nil
	}
	b = appendHead(b, majorTag, tagDecimal)
	b = appendHead(b, majorArray, 2)
	b = appendInteger(b, big.NewInt(exponent))
	return appendInteger(b, mantissa), nil
}

// shortDigits is how many digits every float64 keeps: with so few its shortest text is the number that was read.
const shortDigits = 15

// appendShort is appendNumber for the numbers that are common: few digits, no exponent. It needs no big numbers.
func appendShort(b, number []byte) ([]byte, bool) {
	digits, negative := bytes.CutPrefix(number, []byte("-"))
	whole, fraction, hasPoint := bytes.Cut(digits, []byte("."))
	if len(whole)+len(fraction) > shortDigits {
		return nil, false
	}
	mantissa, ok := addDigits(0, whole)
	if !ok || !hasPoint && negative && mantissa == 0 {
		return nil, false
	}
	if mantissa, ok = addDigits(mantissa, fraction); !ok {
		return nil, false
	}
	if hasPoint {
		return appendFraction(b, mantissa, len(fraction), negative), true
	}
	return appendSigned(b, mantissa, negative), true
}

// addDigits reads decimal digits behind those that n has.
func addDigits(n uint64, digits []byte) (uint64, bool) {
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// appendFraction appends mantissa / 10^digits: as a float64 if that holds it.
func appendFraction(b []byte, mantissa uint64, digits int, negative bool) []byte {
	fives, tens := uint64(1), uint64(1)
	for range digits {
		fives, tens = fives*5, tens*10
	}
	if mantissa%fives == 0 {
		f := float64(mantissa) / float64(tens)
		if negative {
			f = -f
		}
		return appendFloat(b, f)
	}
	b = appendHead(b, majorTag, tagDecimal)
	b = appendHead(b, majorArray, 2)
	b = appendHead(b, majorNegative, uint64(digits)-1)
	return appendSigned(b, mantissa, negative)
}

// appendSigned appends an integer; a negative one is not 0.
func appendSigned(b []byte, n uint64, negative bool) []byte {
	if negative {
		return appendHead(b, majorNegative, n-1)
	}
	return appendHead(b, majorUnsigned, n)
}

func appendWhole(b []byte, text string) []byte {
	if text == "-0" {
		return appendFloat(b, negativeZero)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n < 0 {
			return appendHead(b, majorNegative, uint64(-(n + 1)))
		}
		return appendHead(b, majorUnsigned, uint64(n))
	}
	return appendInteger(b, parseDigits(text))
}

var negativeZero, _ = strconv.ParseFloat("-0", 64)

// exponentLimit is the largest exponent, either way. Nothing is ever expanded by it.
const exponentLimit = 1 << 40

var errExponent = errors.New("a number whose exponent is out of range")

func outOfRange(exponent int64) bool { return exponent > exponentLimit || exponent < -exponentLimit }

// splitNumber is a number as mantissa times ten to the exponent.
func splitNumber(text string) (mantissa *big.Int, exponent int64, err error) {
	digits, power := text, ""
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		digits, power = text[:at], text[at+1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if power != "" {
		exponent, err = strconv.ParseInt(power, 10, 64)
	}
	// Near the limits of an int64 the fraction's digits could overflow it, hence both checks.
	if err != nil || outOfRange(exponent) || outOfRange(exponent-int64(len(fraction))) {
		return nil, 0, errExponent
	}
	return parseDigits(whole + fraction), exponent - int64(len(fraction)), nil
}
