package document

import (
	"bytes"
	"regexp"
	"sort"
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// The parser's errors are text with a line that is often the one before, and no column. So the place is found by
// asking the parser: it is the end of the shortest beginning of the file that fails in the same words, found by halving.
func syntaxProblem(file string, text []byte, err error) core.Problem {
	words := wordsOf(err)
	fails := func(end int) bool {
		_, err := parse(text[:end])
		return err != nil && wordsOf(err) == words
	}
	ends := lineEnds(text)
	line := sort.Search(len(ends)-1, func(i int) bool { return fails(ends[i]) })
	start := 0
	if line > 0 {
		start = ends[line-1]
	}
	if tab := tabIn(text[start:ends[line]]); tab >= 0 {
		return core.Problem{Severity: core.SeverityError, Position: positionOf(file, text, start+tab),
			Summary: "a tab in the indentation", Detail: "indent with spaces"}
	}
	length := sort.Search(ends[line]-start, func(n int) bool { return fails(start + n) })
	at := positionOf(file, text, start+max(length-1, 0))
	return core.Problem{Severity: core.SeverityError, Position: at, Summary: "not YAML: " + words, Detail: hint(words)}
}

var linePrefix = regexp.MustCompile(`^(yaml: )?(line \d+: )?`)

func wordsOf(err error) string { return linePrefix.ReplaceAllString(err.Error(), "") }

// lineEnds returns the offset behind each line's end; there is at least one.
func lineEnds(text []byte) []int {
	var ends []int
	for at := 0; at < len(text); {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
		ends = append(ends, at)
	}
	if len(ends) == 0 || ends[len(ends)-1] < len(text) {
		ends = append(ends, len(text))
	}
	return ends
}

// tabIn returns where in the line's indentation, dashes included, a tab stands; -1 where none does.
func tabIn(line []byte) int {
	indent := line[:len(line)-len(bytes.TrimLeft(line, " \t-"))]
	return bytes.IndexByte(indent, '\t')
}

var hints = []struct{ words, hint string }{
	{"mapping values", "a value that holds a colon and a space wants quotes; or the indentation is wrong"},
	{"cannot start any token", "a value that begins with this character wants quotes"},
	{"expected key", "see to the indentation of this line and of those before it"},
	{"'-' indicator", "see to the indentation of this line and of those before it"},
	{"sequence entries", "a list begins on a line of its own"},
	{"end of stream", "a quote that is opened here is not closed"},
	{"',' or", "a bracket is not closed, or a value with brackets in it wants quotes"},
	{"unknown anchor", "`&name` must stand before `*name`; a value that begins with * wants quotes"},
	{"control characters", "a control character can stand in double quotes as an escape such as \\x01"},
	{"escape character", "use single quotes, or double the backslash"},
	{"second document", "one file is one document"},
}

func hint(words string) string {
	for _, h := range hints {
		if strings.Contains(words, h.words) {
			return h.hint
		}
	}
	return ""
}
