package wire

import (
	"strings"
	"unicode"
)

// cut makes a text from the other side safe to print: valid UTF-8, one line, at most MaxDetail bytes. It is a copy, so that
// whoever keeps it keeps no frame.
func cut(s string) string {
	if len(s) > MaxDetail {
		s = s[:MaxDetail] + "…"
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Clone(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}
