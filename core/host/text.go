package host

import (
	"strings"
	"unicode"
)

// maxText is how many bytes of a plugin's text are shown.
const maxText = 1 << 10

// printable makes a text of a plugin's safe for logs and terminals: one line of valid UTF-8, cut at limit bytes.
func printable(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(s)
}
