package config

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// What any page of the tree shows of a configuration is taken from an example, word for word but for its indentation.
// That the examples are right is shown by TestExamplesLoad and, with their plugins, by the tests of core/hub.
func TestBlocksInThePagesAreExamples(t *testing.T) {
	var examples []string
	files, err := filepath.Glob("../routes/examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		examples = append(examples, readFile(t, path))
	}
	shown := 0
	err = filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		for _, block := range blocks(readFile(t, path)) {
			if shown++; !standsIn(examples, block) {
				t.Errorf("%s: this block is in no example:\n%s", path, block)
			}
		}
		return nil
	})
	if err != nil || shown == 0 {
		t.Errorf("%d blocks, %v", shown, err)
	}
}

// blocks are the fenced blocks of YAML in a page.
func blocks(page string) []string {
	var list []string
	for _, part := range strings.Split(page, "```yaml\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		list = append(list, block)
	}
	return list
}

// standsIn reports whether an example has the block, at some indentation.
func standsIn(examples []string, block string) bool {
	for _, example := range examples {
		for indent := ""; len(indent) <= 4; indent += " " {
			lines := indent + strings.ReplaceAll(strings.TrimSuffix(block, "\n"), "\n", "\n"+indent) + "\n"
			if strings.HasPrefix(example, lines) || strings.Contains(example, "\n"+lines) {
				return true
			}
		}
	}
	return false
}

func TestBlocksAreFoundAndCompared(t *testing.T) {
	got := blocks("a\n```yaml\nb: 1\nc: 2\n```\n```json\n{}\n```\n")
	if len(got) != 1 || got[0] != "b: 1\nc: 2\n" {
		t.Fatalf("blocks are %q", got)
	}
	for example, want := range map[string]bool{
		"b: 1\nc: 2\n": true, "a:\n  b: 1\n  c: 2\n": true, "b: 1\nc: 23\n": false, "b: 1\n\nc: 2\n": false, "bb: 1\nc: 2\n": false,
	} {
		if standsIn([]string{example}, got[0]) != want {
			t.Errorf("in %q: %t", example, !want)
		}
	}
}
