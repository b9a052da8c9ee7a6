// Command docs writes the generated parts of the tree's pages: what stands between `<!-- generated: NAME -->` and
// `<!-- end -->` in any *.md. It runs in the project's folder; its tests hold the pages to it, and all links to what is
// there.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run brings all pages below root up to date and names those that it wrote.
func run(root string) error {
	parts, err := allParts(root)
	if err != nil {
		return err
	}
	pages, err := pagesBelow(root)
	if err != nil {
		return err
	}
	for _, page := range pages {
		path := filepath.Join(root, page)
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text, _, err := filled(string(old), parts)
		if err != nil {
			return fmt.Errorf("%s: %w", page, err)
		}
		if text == string(old) {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
		fmt.Println(page)
	}
	return nil
}
