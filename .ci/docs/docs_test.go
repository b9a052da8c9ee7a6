package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the project's folder.
const root = "../.."

// pages returns the text of every page, by its path in the tree.
func pages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := pagesBelow(root)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.ToSlash(path)] = string(text)
	}
	return texts
}

func TestPagesAreUpToDate(t *testing.T) {
	parts, err := allParts(root)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for path, text := range pages(t) {
		made, names, err := filled(text, parts)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if made != text {
			t.Errorf("%s is out of date: run `make docs`", path)
		}
		for _, name := range names {
			shown = append(shown, parts[name])
		}
	}
	for name, part := range parts {
		if !slices.Contains(shown, part) {
			t.Errorf("no page shows %s", name)
		}
	}
}

func TestFilled(t *testing.T) {
	parts := map[string]string{"a": "new\n"}
	for _, c := range []struct{ page, want, wrong string }{
		{"text\n<!-- generated: a -->\nold\n<!-- end -->\nmore\n", "text\n<!-- generated: a -->\nnew\n<!-- end -->\nmore\n", ""},
		{"<!-- generated: a -->\n<!-- end -->", "<!-- generated: a -->\nnew\n<!-- end -->", ""},
		{"<!-- generated: b -->\n<!-- end -->\n", "", "no part is called b"},
		{"<!-- generated: a -->\nold\n", "", "the part a has no"},
		{"<!-- generated: a -->\n<!-- generated: a -->\n<!-- end -->\n", "", "the part a has no"},
		{"<!-- end -->\n", "", "ends nothing"},
	} {
		got, _, err := filled(c.page, parts)
		if got != c.want || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%q became %q, %v", c.page, got, err)
		}
	}
}
