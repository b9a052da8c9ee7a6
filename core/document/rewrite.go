package document

import "go.yaml.in/yaml/v3"

// rewrite is what was put into a scalar.
type rewrite struct {
	original string
	inserted []string
}

// Rewrite replaces the text of scalars, keys left out, each once however many aliases name it. change returns the new
// text, what it put in, and whether it changed anything. The new text is a scalar whatever it holds.
func (d *Document) Rewrite(change func(Value) (text string, inserted []string, changed bool)) {
	d.rewrite(d.root, change)
}

func (d *Document) rewrite(n *yaml.Node, change func(Value) (string, []string, bool)) {
	if n.Kind == yaml.ScalarNode {
		if text, inserted, changed := change(d.value(n)); changed {
			d.rewritten[n] = rewrite{n.Value, inserted}
			n.Value = text
		}
		return
	}
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			d.rewrite(child, change)
		}
	}
}

// Rewritten reports whether Rewrite changed the scalar.
func (v Value) Rewritten() bool {
	if v.node == nil {
		return false
	}
	_, done := v.document.rewritten[v.node]
	return done
}

// Original is the scalar's text as it stands in the file.
func (v Value) Original() string {
	if v.Rewritten() {
		return v.document.rewritten[v.node].original
	}
	return v.Text()
}

// Inserted is what Rewrite put into the scalar.
func (v Value) Inserted() []string {
	if v.node == nil {
		return nil
	}
	return v.document.rewritten[v.node].inserted
}
