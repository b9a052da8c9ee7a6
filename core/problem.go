package core

import (
	"fmt"
	"strings"
)

// Severity ranks a problem.
type Severity uint8

// The severities.
const (
	SeverityError Severity = iota + 1
	SeverityWarning
)

func (s Severity) String() string {
	return [...]string{"", "error", "warning"}[min(s, SeverityWarning)]
}

// Position is a place in a file; Line and Column count from 1, 0 means not known.
type Position struct {
	File         string
	Line, Column int
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one thing wrong with a configuration, told so that it can be mended without looking elsewhere.
type Problem struct {
	Severity Severity
	Position Position
	// Summary says what is wrong and names the value; Detail says what would be right.
	Summary, Detail string
}

func (p Problem) String() string {
	var b strings.Builder
	if at := p.Position.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if p.Severity == SeverityWarning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Summary)
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	return b.String()
}

// Problems is all that was found at once. As an error it is one problem per line.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Failed reports whether one of the problems is an error.
func (ps Problems) Failed() bool {
	for _, p := range ps {
		if p.Severity == SeverityError {
			return true
		}
	}
	return false
}

// Errorf adds an error at a position.
func (ps *Problems) Errorf(at Position, detail, format string, args ...any) {
	*ps = append(*ps, Problem{SeverityError, at, fmt.Sprintf(format, args...), detail})
}

// Warnf adds a warning at a position.
func (ps *Problems) Warnf(at Position, detail, format string, args ...any) {
	*ps = append(*ps, Problem{SeverityWarning, at, fmt.Sprintf(format, args...), detail})
}
