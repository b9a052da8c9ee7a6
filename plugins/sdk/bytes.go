package sdk

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a size in a configuration: 512, 64KiB, 8MiB, 1GiB, also with the decimal units kB, MB and GB.
type Bytes int64

var byteUnits = []struct {
	name   string
	factor int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1},
}

// ParseBytes reads a size.
func ParseBytes(text string) (Bytes, error) {
	number, factor := text, int64(1)
	for _, u := range byteUnits {
		if rest, found := strings.CutSuffix(text, u.name); found {
			number, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, fmt.Errorf("%q is not a size such as 512, 64KiB or 8MiB", text)
	}
	return Bytes(n * factor), nil
}

// String is the size in the largest binary unit that divides it.
func (b Bytes) String() string {
	for _, u := range []int{2, 1, 0} {
		if f := byteUnits[u].factor; b >= Bytes(f) && int64(b)%f == 0 {
			return strconv.FormatInt(int64(b)/f, 10) + byteUnits[u].name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}
