package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// foreign are words of the operating system and of Redis that the runbook tells about.
var foreign = []string{"connection refused", "no such host", "i/o timeout", "no space left on device", "permission denied",
	"NOAUTH", "WRONGPASS", "NOPERM", "NOGROUP", "MISCONF", "OOM", "READONLY", "LOADING"}

// first are the spans of a table's first column.
func first(text string) []string {
	var spans []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cell, _, _ := strings.Cut(line[2:], "|")
		for _, one := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			spans = append(spans, one[1])
		}
	}
	return spans
}

// told are the words that a hub's status uses of itself: states, reasons of drops, and why an outlet sends nothing.
func told(t *testing.T) []string {
	t.Helper()
	var words []string
	for state := core.StateDeclared; state <= core.StateDisabled; state++ {
		if state != core.StateReady {
			words = append(words, state.String())
		}
	}
	for reason := range core.ReasonCount {
		words = append(words, core.Reason(reason).String())
	}
	text, err := os.ReadFile(filepath.Join(root, "core/delivery/account.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, pause, _ := strings.Cut(string(text), ") pause() string {")
	pause, _, _ = strings.Cut(pause, "\n}\n")
	pauses := regexp.MustCompile(`return "([^"]+)"`).FindAllStringSubmatch(pause, -1)
	if len(pauses) < 5 {
		t.Fatalf("why an outlet is paused is told elsewhere: %q", pauses)
	}
	for _, one := range pauses {
		words = append(words, strings.TrimSuffix(one[1], ": "))
	}
	return words
}

func TestTheRunbookKnowsWhatTheStatusTells(t *testing.T) {
	_, section, found := strings.Cut(pages(t)["deploy/README.md"], "\n## When something is wrong\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := first(section)
	if !found || len(rows) < 40 {
		t.Fatalf("the runbook has %d words", len(rows))
	}
	known := told(t)
	for _, word := range known {
		if !slices.Contains(rows, word) {
			t.Errorf("the runbook does not tell what to do about %q", word)
		}
	}
	code := sources(t, "core/host", "plugins")
	for _, word := range rows {
		if !slices.Contains(known, word) && !slices.Contains(foreign, word) && !strings.Contains(code, word) {
			t.Errorf("the runbook tells of %q, which nothing says", word)
		}
	}
}

// sources is the text of the programs below the folders, tests aside.
func sources(t *testing.T, folders ...string) string {
	t.Helper()
	var all strings.Builder
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
