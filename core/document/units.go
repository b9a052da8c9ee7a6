package document

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a time such as 250ms, 20s, 1m30s or 2h. It is never negative.
func ParseDuration(text string) (time.Duration, bool) {
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= 0 && !strings.ContainsAny(text, "+-")
}

// FormatDuration writes a time as ParseDuration reads it, without parts that are 0.
func FormatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// The binary units come first: FormatBytes uses those.
var byteUnits = []struct {
	name string
	size int
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1},
}

// binaryUnits is how many of byteUnits are binary.
const binaryUnits = 3

// ParseBytes reads a size such as 64KiB, 8MiB, 1GiB, 512B or a bare number of bytes; kB, MB and GB are decimal.
func ParseBytes(text string) (int, bool) {
	size := 1
	for _, u := range byteUnits {
		if digits, found := strings.CutSuffix(text, u.name); found {
			text, size = strings.TrimRight(digits, " "), u.size
			break
		}
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || int(n) > math.MaxInt/size {
		return 0, false
	}
	return int(n) * size, true
}

// FormatBytes writes a size in the largest binary unit that leaves a whole number.
func FormatBytes(n int) string {
	for _, u := range byteUnits[:binaryUnits] {
		if n >= u.size && n%u.size == 0 {
			return strconv.Itoa(n/u.size) + u.name
		}
	}
	return strconv.Itoa(n) + "B"
}
