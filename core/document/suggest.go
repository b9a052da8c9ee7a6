package document

import (
	"fmt"
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// The bounds of a suggestion: comparing costs the product of the first two and the names' lengths, and nobody reads
// on behind mostListed.
const (
	mostSuggested = 50
	mostCompared  = 500
	mostListed    = 30
	// longestCompared is twice the longest name, in bytes.
	longestCompared = 128
)

// Suggest says which name was probably meant and, under the given word, which there are. ps is what is wrong so far:
// behind many errors the search for the nearest name is not worth its time.
func Suggest(ps *core.Problems, name, word string, there []string) string {
	if len(there) == 0 {
		return ""
	}
	var b strings.Builder
	if near := nearest(ps, name, there); near != "" {
		fmt.Fprintf(&b, "did you mean %q? ", near)
	}
	fmt.Fprintf(&b, "%s: %s", word, strings.Join(there[:min(len(there), mostListed)], ", "))
	if more := len(there) - mostListed; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

func nearest(ps *core.Problems, name string, there []string) string {
	if len(*ps) > mostSuggested || len(name) > longestCompared {
		return ""
	}
	return core.Nearest(name, there[:min(len(there), mostCompared)])
}
