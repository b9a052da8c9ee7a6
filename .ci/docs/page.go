package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
)

// pagesBelow are the paths of all *.md below root, relative to it.
func pagesBelow(root string) ([]string, error) {
	var pages []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "bin") {
			return filepath.SkipDir
		}
		if !entry.IsDir() && filepath.Ext(path) == ".md" {
			page, err := filepath.Rel(root, path)
			pages = append(pages, page)
			return err
		}
		return nil
	})
	return pages, err
}

var (
	begin = regexp.MustCompile(`^<!-- generated: (\S+) -->$`)
	end   = "<!-- end -->"
)

// filled returns the page with its generated parts made anew, and their names.
func filled(page string, parts map[string]string) (string, []string, error) {
	var out strings.Builder
	var names []string
	open := ""
	for line := range strings.Lines(page) {
		text := strings.TrimSuffix(line, "\n")
		mark := begin.FindStringSubmatch(text)
		switch {
		case mark != nil && open != "":
			return "", nil, fmt.Errorf("the part %s has no `%s`", open, end)
		case mark != nil:
			part, known := parts[mark[1]]
			if !known {
				return "", nil, fmt.Errorf("no part is called %s", mark[1])
			}
			open = mark[1]
			names = append(names, open)
			out.WriteString(line + part)
		case text == end && open == "":
			return "", nil, fmt.Errorf("`%s` ends nothing", end)
		case text == end:
			open = ""
			out.WriteString(line)
		case open == "":
			out.WriteString(line)
		}
	}
	if open != "" {
		return "", nil, fmt.Errorf("the part %s has no `%s`", open, end)
	}
	return out.String(), names, nil
}
