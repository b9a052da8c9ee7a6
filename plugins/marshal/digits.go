package marshal

import (
	"fmt"
	"math/big"
	"strings"
)

// digitLimit is the largest number, in digits; bignumLimit is the same in bytes. Larger ones would cost seconds.
const (
	digitLimit  = 1 << 20
	bignumLimit = digitLimit * 54 / 128 // a digit is 3.32 bits
)

var errDigits = fmt.Errorf("a number of more than %d digits", digitLimit)

// digitBlock is how many digits are read at once. The library's own reading takes time that grows with the square of
// the digits; above it grows with less.
const digitBlock = 1024

// parseDigits reads an integer of any size: decimal digits, perhaps after a minus.
func parseDigits(text string) *big.Int {
	digits, negative := strings.CutPrefix(text, "-")
	// powers[i] is ten to the digitBlock times two to the i.
	var powers []*big.Int
	if len(digits) > digitBlock {
		powers = []*big.Int{new(big.Int).Exp(ten, big.NewInt(digitBlock), nil)}
	}
	for size := 2 * digitBlock; size < len(digits); size *= 2 {
		last := powers[len(powers)-1]
		powers = append(powers, new(big.Int).Mul(last, last))
	}
	n := joinDigits(digits, powers)
	if negative {
		n.Neg(n)
	}
	return n
}

// joinDigits reads digits in two halves, the lower of which has as many as the largest power has zeros.
func joinDigits(digits string, powers []*big.Int) *big.Int {
	for len(powers) > 0 && len(digits) <= digitBlock<<(len(powers)-1) {
		powers = powers[:len(powers)-1]
	}
	if len(powers) == 0 {
		n, _ := new(big.Int).SetString(digits, 10) // digits, and at least one
		return n
	}
	top := len(powers) - 1
	middle := len(digits) - digitBlock<<top
	n := joinDigits(digits[:middle], powers[:top])
	n.Mul(n, powers[top])
	return n.Add(n, joinDigits(digits[middle:], powers[:top]))
}

var ten = big.NewInt(10)
