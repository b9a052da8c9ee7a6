package document

import (
	"testing"

	"github.com/araldo-relay/araldo/core"
)

func TestPlacesInsideAText(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		want         string
	}{
		{"a: über x", 1, 6, "f:1:9"},
		{"a: 'it x'", 1, 4, "f:1:8"},
		{`a: "it x"`, 1, 4, "f:1:8"},
		{"a: 'it''s x'", 1, 6, "f:1:4"},
		{`a: "\tx"`, 1, 2, "f:1:4"},
		{"a: |\n  one\n    two\n", 2, 3, "f:3:5"},
		{"a: |2-\n    one\n  two\n", 1, 4, "f:2:6"},
		{"a: >\n  one\n  two\n", 1, 5, "f:1:4"},
		{"a: one\n  two\n", 1, 5, "f:1:4"},
		{"a: !!str x", 1, 1, "f:1:4"},
		{"a: one", 7, 1, "f:1:4"},
		{"a: one\r\n", 1, 2, "f:1:5"},
	} {
		doc, ps := Parse("f", []byte(c.text))
		if ps.Failed() {
			t.Fatal(ps)
		}
		v, _ := doc.Root().Child("a")
		if got := v.At(c.line, c.column).String(); got != c.want {
			t.Errorf("%q at %d:%d: %s, want %s", c.text, c.line, c.column, got, c.want)
		}
	}
	if got := (Value{}).At(1, 1); got != (core.Position{}) {
		t.Errorf("no value is at %v", got)
	}
}
