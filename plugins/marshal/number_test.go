package marshal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A payload of the largest size is read in time that does not grow with its square, whatever it holds.
func TestLargestPayloadsAreReadInTime(t *testing.T) {
	const size = 1<<20 - 16
	for name, text := range map[string]string{
		"floats":   "[" + strings.Repeat("1e22,", size/5) + "1]",
		"powers":   "[" + strings.Repeat("1e-300,", size/7) + "1]",
		"digits":   strings.Repeat("9", size),
		"fraction": "0." + strings.Repeat("3", size),
		"exponent": "1" + strings.Repeat("0", size/2) + "e-" + strings.Repeat("0", size/2) + "9",
		"entries":  "[" + strings.Repeat("1.5,", size/4) + "1]",
		"names":    "{" + manyNames(size/12) + `"last":0}`,
		"escapes":  `"` + strings.Repeat(`\u00e9`, size/6) + `"`,
		"depth":    strings.Repeat("[[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24],", 128) + strings.Repeat("1,", size/4) + "1" + strings.Repeat("]", 128),
	} {
		began := time.Now()
		item, err := unmarshal(text)
		if err == nil {
			_, err = toJSON(format, item)
		}
		if took := time.Since(began); err != nil || took > 10*time.Second {
			t.Errorf("%s: %v after %s", name, err, took)
		}
	}
}

// Long numbers are read in blocks; whatever the length, the number is the same.
func TestNumbersOfAnyLength(t *testing.T) {
	for _, n := range []int{1, 18, 1023, 1024, 1025, 2048, 2049, 5000, 100_000} {
		for _, text := range []string{strings.Repeat("9", n), "-1" + strings.Repeat("0", n) + "7", "3." + strings.Repeat("14159", n/5) + "1e-7"} {
			item, err := unmarshal(text)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := new(big.Float).SetPrec(uint(4*n + 100)).SetString(text)
			back, err := toJSON(format, item)
			got, ok := new(big.Float).SetPrec(uint(4*n + 100)).SetString(back)
			if err != nil || !ok || got.Cmp(want) != 0 {
				t.Errorf("%.40s of %d digits came back as %.40s, %v", text, len(text), back, err)
			}
		}
	}
	if _, err := unmarshal(strings.Repeat("9", digitLimit+1)); !errors.Is(err, errDigits) {
		t.Errorf("a number too long: %v", err)
	}
	long := appendHead([]byte{majorTag<<5 | tagPositive}, majorBytes, bignumLimit+1)
	if _, err := toJSON(format, append(long, make([]byte, bignumLimit+1)...)); !errors.Is(err, errDigits) {
		t.Errorf("a bignum too long: %v", err)
	}
}

// fault: B10
func TestFloatsAreUsedOnlyWhereTheyAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mantissa := rapid.Int64().Draw(t, "mantissa")
		text := fmt.Sprintf("%de%d", mantissa, rapid.IntRange(-400, 400).Draw(t, "exponent"))
		item, err := unmarshal(text)
		if err != nil {
			t.Fatal(err)
		}
		back, err := toJSON(format, item)
		want, _ := new(big.Rat).SetString(text)
		got, ok := new(big.Rat).SetString(back)
		if err != nil || !ok || got.Cmp(want) != 0 {
			t.Fatalf("%s became %x, then %s, %v", text, item, back, err)
		}
		if item[0] != majorSimple<<5|double {
			return
		}
		f := math.Float64frombits(binary.BigEndian.Uint64(item[1:]))
		if new(big.Rat).SetFloat64(f).Cmp(want) != 0 {
			t.Fatalf("%s became the float %v, which is another number", text, f)
		}
	})
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%08d":0,`, i)
	}
	return b.String()
}
