package config

import (
	"cmp"
	"slices"

	"github.com/araldo-relay/araldo/core"
)

// Sort puts problems in the order of their places, so that those of several checks read as one list. Problems without
// a line come first.
func Sort(ps core.Problems) {
	slices.SortStableFunc(ps, func(a, b core.Problem) int {
		return cmp.Or(
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column),
			cmp.Compare(a.Position.File, b.Position.File),
		)
	})
}

// broken are the places of values that could not be read. What else is wrong with such a value is no news.
type broken map[core.Position]bool

// without leaves out the errors at broken places.
func (b broken) without(ps core.Problems) core.Problems {
	return slices.DeleteFunc(ps, func(p core.Problem) bool { return b[p.Position] })
}
