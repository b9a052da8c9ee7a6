package document

import (
	"github.com/araldo-relay/araldo/core"
)

// Entry is one key of a mapping and its value.
type Entry struct {
	Key   string
	Value Value
	at    core.Position
}

// Position is the key's.
func (e Entry) Position() core.Position { return e.at }

// Entries returns a mapping's entries in the order of the file, each key once; what `<<` merges in comes last. what
// names the value in errors. A value that is null has none.
func (v Value) Entries(ps *core.Problems, what string) []Entry {
	if v.IsNull() {
		return nil
	}
	if !v.IsMapping() {
		ps.Errorf(v.Position(), "write it as `key: value` lines", "%s is %s, not a mapping", what, v.Show())
		return nil
	}
	m := mapping{problems: ps, lines: map[string]int{}}
	m.read(v)
	for _, merged := range m.merged {
		m.merge(merged)
	}
	return m.entries
}

// mapping gathers the entries of one mapping and of those that it merges in.
type mapping struct {
	problems *core.Problems
	entries  []Entry
	lines    map[string]int
	merged   []Value
}

func (m *mapping) read(v Value) {
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, value := v.document.value(v.node.Content[i]), v.document.value(v.node.Content[i+1])
		switch {
		case !key.IsScalar():
			m.problems.Errorf(key.Position(), "", "a key is %s, it must be a name", key.Show())
		case key.Tag() == "!!merge":
			m.merged = append(m.merged, value)
		default:
			m.add(Entry{key.Text(), value, v.document.at(v.node.Content[i])})
		}
	}
}

func (m *mapping) add(e Entry) {
	if line, twice := m.lines[e.Key]; twice {
		m.problems.Errorf(e.at, "remove one", "key %q stands twice, first in line %d", e.Key, line)
		return
	}
	m.lines[e.Key] = e.at.Line
	m.entries = append(m.entries, e)
}

// merge adds the entries of a merged mapping, or of a list of them, that are not there yet.
func (m *mapping) merge(v Value) {
	if v.IsList() {
		for _, item := range v.node.Content {
			m.merge(v.document.value(item))
		}
		return
	}
	if !v.IsMapping() {
		m.problems.Errorf(v.Position(), "", "`<<` merges a mapping or a list of them, not %s", v.Show())
		return
	}
	for _, e := range v.Entries(m.problems, "") {
		if _, there := m.lines[e.Key]; !there {
			m.add(e)
		}
	}
}

// Items returns a list's values. what names the list in errors; a value that is null has none.
func (v Value) Items(ps *core.Problems, what string) []Value {
	if v.IsNull() {
		return nil
	}
	if !v.IsList() {
		ps.Errorf(v.Position(), "write it as lines that begin with `- `", "%s is %s, not a list", what, v.Show())
		return nil
	}
	items := make([]Value, len(v.node.Content))
	for i, n := range v.node.Content {
		items[i] = v.document.value(n)
	}
	return items
}

// Child returns the value of a mapping's key or of a list's index; none is there where it says false.
func (v Value) Child(token string) (Value, bool) {
	if v.IsList() {
		for i, n := range v.node.Content {
			if itoa(i) == token {
				return v.document.value(n), true
			}
		}
		return Value{}, false
	}
	if !v.IsMapping() {
		return Value{}, false
	}
	var ignored core.Problems
	for _, e := range v.Entries(&ignored, "") {
		if e.Key == token {
			return e.Value, true
		}
	}
	return Value{}, false
}
