package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`^#{1,6} +(.*)$`)
	// mention is the path of a file of the tree between backquotes.
	mention = regexp.MustCompile("`((?:[a-z]|\\.ci)[A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)+\\.(?:md|yaml|go|js|proto|service))`")
)

func TestNoLinkIsDead(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		for _, target := range links(text) {
			if strings.Contains(target, "://") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			at := page
			if file != "" {
				at = path.Join(path.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(root, at)); err != nil {
				t.Errorf("%s: %s leads nowhere", page, target)
			} else if anchor != "" && !slices.Contains(anchors(all[at]), anchor) {
				t.Errorf("%s: %s has no heading for #%s", page, at, anchor)
			}
		}
	}
}

// A path between backquotes starts at the project's folder or at the page's own.
func TestFilesThatPagesNameAreThere(t *testing.T) {
	for page, text := range pages(t) {
		for _, found := range mention.FindAllStringSubmatch(prose(text), -1) {
			_, fromRoot := os.Stat(filepath.Join(root, found[1]))
			_, fromPage := os.Stat(filepath.Join(root, path.Dir(page), found[1]))
			if fromRoot != nil && fromPage != nil {
				t.Errorf("%s: there is no %s", page, found[1])
			}
		}
	}
}

// links are the targets of a page's links.
func links(text string) []string {
	var targets []string
	for _, found := range link.FindAllStringSubmatch(spans.ReplaceAllString(prose(text), "`x`"), -1) {
		targets = append(targets, found[1])
	}
	return targets
}

var spans = regexp.MustCompile("`[^`\n]*`")

// prose is a page without its fenced blocks.
func prose(text string) string {
	var b strings.Builder
	fenced := false
	for line := range strings.Lines(text) {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if !fenced && !fence {
			b.WriteString(line)
		}
		fenced = fenced != fence
	}
	return b.String()
}

// anchors are the names that GitHub gives to a page's headings.
func anchors(text string) []string {
	var names []string
	for line := range strings.Lines(prose(text)) {
		found := heading.FindStringSubmatch(strings.TrimSpace(line))
		if found == nil {
			continue
		}
		names = append(names, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, found[1]))
	}
	return names
}

func TestLinksAndAnchorsAreFound(t *testing.T) {
	page := "# A `b`: c d\n[x](y.md) `[no](z)` [i](#a-b-c-d)\n```\n[no](z)\n# no\n```\n"
	if got := links(page); !slices.Equal(got, []string{"y.md", "#a-b-c-d"}) {
		t.Errorf("links are %q", got)
	}
	if got := anchors(page); !slices.Equal(got, []string{"a-b-c-d"}) {
		t.Errorf("anchors are %q", got)
	}
}
