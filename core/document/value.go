package document

import (
	"strconv"

	"github.com/araldo-relay/araldo/core"
	"go.yaml.in/yaml/v3"
)

// Value is one scalar, mapping or list of a document, aliases followed. The zero value is none.
type Value struct {
	document *Document
	node     *yaml.Node
}

func (d *Document) value(n *yaml.Node) Value {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return Value{d, n}
}

// Given reports whether there is a value at all, be it null.
func (v Value) Given() bool { return v.node != nil }

// Position of the value's first character.
func (v Value) Position() core.Position {
	if v.node == nil {
		return core.Position{}
	}
	return v.document.at(v.node)
}

// IsMapping reports whether the value is `key: value` lines.
func (v Value) IsMapping() bool { return v.node != nil && v.node.Kind == yaml.MappingNode }

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.node != nil && v.node.Kind == yaml.SequenceNode }

// IsScalar reports whether the value is one text, number, truth value or null.
func (v Value) IsScalar() bool { return v.node != nil && v.node.Kind == yaml.ScalarNode }

// IsNull reports whether nothing or null was written. What was put in for a `${...}` never is null.
func (v Value) IsNull() bool {
	return v.node == nil || v.IsScalar() && v.node.ShortTag() == "!!null" && !v.Rewritten()
}

// Text is a scalar as it was written, quotes removed: 012, NO and 1.0 stay what they are.
func (v Value) Text() string {
	if v.node == nil {
		return ""
	}
	return v.node.Value
}

// Tag is YAML's view of a scalar's type, such as !!int; quoted ones are !!str. It is empty where a `${...}` was put in:
// then the reader's own type decides.
func (v Value) Tag() string {
	if v.Rewritten() {
		return ""
	}
	return v.node.ShortTag()
}

// Show is the value for people: a scalar as in the file, its `${...}` not followed.
func (v Value) Show() string {
	switch {
	case v.IsNull():
		return "nothing"
	case v.IsMapping():
		return "a mapping"
	case v.IsList():
		return "a list"
	}
	return Quote(v.Original())
}

// Quote is a text for people: in quotes, control characters escaped, cut where it is long.
func Quote(text string) string { return strconv.Quote(shorten(text)) }

// shorten keeps an error line readable whatever stands in the file.
func shorten(text string) string {
	const most = 100
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

// Scalars calls visit for each scalar below the value and for the value itself, keys left out, aliases followed.
func (v Value) Scalars(visit func(Value)) {
	if v.IsScalar() {
		visit(v)
		return
	}
	for i, n := range v.contents() {
		if v.IsMapping() && i%2 == 0 {
			continue
		}
		v.document.value(n).Scalars(visit)
	}
}

func (v Value) contents() []*yaml.Node {
	if v.node == nil {
		return nil
	}
	return v.node.Content
}
