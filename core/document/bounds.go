package document

import (
	"slices"

	"github.com/araldo-relay/araldo/core"
	"go.yaml.in/yaml/v3"
)

// extent is what a node comes to with its aliases followed.
type extent struct{ size, height int }

// bounder measures a tree once, each anchored node once, however often an alias names it.
type bounder struct {
	document *Document
	measured map[*yaml.Node]extent
	problems core.Problems
}

// bounds reports what is nested too deep, expands too far, contains itself or has a tag of its own. After it, the tree
// can be walked with aliases followed.
func (d *Document) bounds() core.Problems {
	b := bounder{document: d, measured: map[*yaml.Node]extent{}}
	b.measure(d.root, 1)
	return b.problems
}

func (b *bounder) measure(n *yaml.Node, depth int) extent {
	if n.Kind == yaml.AliasNode {
		return b.alias(n, depth)
	}
	b.tag(n)
	if depth > MaxDepth {
		b.once(n, "nested deeper than %d", MaxDepth)
		return extent{1, 1}
	}
	sum := extent{size: 1}
	for _, child := range n.Content {
		e := b.measure(child, depth+1)
		sum = extent{sum.size + e.size, max(sum.height, e.height)}
		if child.Kind == yaml.AliasNode && sum.size > MaxExpanded {
			b.once(child, "the aliases come to more than %d values", MaxExpanded)
			sum.size = 1
		}
	}
	sum.height++
	if n.Anchor != "" {
		b.measured[n] = sum
	}
	return sum
}

func (b *bounder) alias(n *yaml.Node, depth int) extent {
	e, done := b.measured[n.Alias]
	if !done {
		b.once(n, "alias *%s stands inside its own anchor", shorten(n.Value))
		return extent{1, 1}
	}
	if depth+e.height > MaxDepth {
		b.once(n, "nested deeper than %d", MaxDepth)
	}
	return e
}

// once adds an error for the whole file's shape; the first one of a kind says it.
func (b *bounder) once(n *yaml.Node, format string, args ...any) {
	if len(b.problems) == 0 {
		b.problems.Errorf(b.document.at(n), "", format, args...)
	}
}

var knownTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!merge", "!!map", "!!seq"}

func (b *bounder) tag(n *yaml.Node) {
	if tag := n.ShortTag(); !slices.Contains(knownTags, tag) {
		b.once(n, "the tag %s means nothing here", shorten(tag))
	}
}

func (d *Document) at(n *yaml.Node) core.Position {
	return core.Position{File: d.file, Line: n.Line, Column: n.Column}
}
