package main

import (
	"strings"

	"github.com/araldo-relay/araldo/config"
)

// table writes rows in Markdown, the first as their heading.
func table(rows ...[]string) string {
	var b strings.Builder
	for i, row := range rows {
		for _, cell := range row {
			b.WriteString("| " + strings.ReplaceAll(strings.TrimSpace(cell), "|", `\|`) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
	return strings.ReplaceAll(b.String(), "|  |", "| |")
}

// keyTable writes the keys of a JSON Schema: with what a reload does to apply each, where the schema says so, else with
// what it does for all keys of a plugin.
func keyTable(schema []byte) (string, error) {
	keys, err := config.Keys(schema)
	if err != nil {
		return "", err
	}
	if len(keys) == 0 {
		return "No keys of its own.\n", nil
	}
	rows := [][]string{{"key", "type", "default", "meaning"}}
	classified := keys[0].Class != ""
	if classified {
		rows[0] = append(rows[0], "reload")
	}
	for _, key := range keys {
		row := []string{code(key.Name), typeOf(key), defaultOf(key), sentence(key.Description)}
		if classified {
			row = append(row, key.Class)
		}
		rows = append(rows, row)
	}
	if classified {
		return table(rows...), nil
	}
	return table(rows...) + "\n" + ownKeys, nil
}

// ownKeys is below the table of a plugin's keys.
var ownKeys = "A reload that changes one of them is an " + code(config.ClassEndpointRestart.String()) + ".\n"

// typeOf is the type with what bounds it.
func typeOf(key config.Key) string {
	limits := append([]string{key.Type}, key.Limits...)
	if len(key.Words) > 0 {
		limits[0] = codes(key.Words)
		if strings.HasPrefix(key.Type, "list") {
			limits[0] = "list of " + limits[0]
		}
	}
	if key.Secret {
		limits = append(limits, "secret")
	}
	return strings.Join(limits, ", ")
}

func defaultOf(key config.Key) string {
	switch {
	case key.Required:
		return "required"
	case key.Default == "":
		return key.DefaultText
	}
	return code(key.Default)
}

func code(text string) string { return "`" + text + "`" }

// codes joins words as in `a`, `b` or `c`.
func codes(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = code(word)
	}
	last := len(quoted) - 1
	if last == 0 {
		return quoted[0]
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// sentence lets all meanings look alike: a small letter at the beginning where no name stands there, no full stop.
func sentence(text string) string {
	text = strings.TrimSuffix(text, ".")
	first, _, _ := strings.Cut(text, " ")
	if len(first) == 1 || strings.ToLower(first[min(1, len(first)):]) == first[min(1, len(first)):] {
		text = strings.ToLower(first) + text[len(first):]
	}
	return text
}
