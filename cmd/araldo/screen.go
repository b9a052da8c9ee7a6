package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// screen is where text goes: a terminal has a width and, unless the user does not want them, colours; a pipe has neither.
type screen struct {
	w io.Writer
	// width in columns, 0 where there is no end of a line.
	width  int
	colour bool
	// terminal: a person looks at it now.
	terminal bool
}

func screenOf(w io.Writer) screen {
	file, is := w.(*os.File)
	if !is || !term.IsTerminal(int(file.Fd())) {
		return screen{w: w}
	}
	s := screen{w: w, terminal: true, colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		s.width = width
	}
	return s
}

// style is an SGR parameter (ECMA-48, section 8.3.117), empty for plain text.
type style string

const (
	plainStyle style = ""
	bold       style = "1"
	faint      style = "2"
	red        style = "31"
	green      style = "32"
	yellow     style = "33"
	cyan       style = "36"
)

func (s screen) paint(text string, as style) string {
	if !s.colour || as == plainStyle || text == "" {
		return text
	}
	return "\x1b[" + string(as) + "m" + text + "\x1b[0m"
}

// stateStyles show at a glance what is well.
var stateStyles = map[string]style{
	"ready": green, "starting": yellow, "draining": yellow, "degraded": yellow, "backoff": yellow, "failed": red,
	"disabled": faint, "stopped": faint, "declared": faint,
	"received": cyan, "unrouted": yellow, "delivered": green, "filtered": faint, "expired": yellow, "dead-lettered": yellow,
	"dropped": red, "mixed": yellow,
}

// gap is between columns, and leastText what a terminal must have left for a last column that goes on below itself.
const (
	gap       = "  "
	leastText = 24
)

// columns writes rows below each other, the first as their heading. What is too long for the terminal goes on below
// itself if it is in the last column, and is cut elsewhere.
func (s screen) columns(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	before := len(gap) * (len(widths) - 1)
	for _, width := range widths[:len(widths)-1] {
		before += width
	}
	var b strings.Builder
	for n, row := range rows {
		for line, text := range s.wrapped(row[len(row)-1], before) {
			cells := append(slices.Clone(row[:len(row)-1]), text)
			if line > 0 {
				clear(cells[:len(cells)-1])
			}
			b.WriteString(s.row(cells, widths, n == 0))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// wrapped breaks a text that begins in column before into lines, at spaces.
func (s screen) wrapped(text string, before int) []string {
	room := s.width - before
	if s.width == 0 || room < leastText {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > room {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// row is one line of a table, without spaces at its end.
func (s screen) row(row []string, widths []int, heading bool) string {
	last := len(row) - 1
	for last > 0 && row[last] == "" {
		last--
	}
	var b strings.Builder
	at := 0
	for i, cell := range row[:last+1] {
		if i > 0 {
			b.WriteString(gap)
			at += len(gap)
		}
		cell = s.cut(cell, at)
		as := stateStyles[cell]
		if heading {
			as = bold
		}
		b.WriteString(s.paint(cell, as))
		if i < last {
			b.WriteString(strings.Repeat(" ", max(widths[i]-utf8.RuneCountInString(cell), 0)))
		}
		if at += widths[i]; s.width > 0 && at >= s.width {
			break
		}
	}
	return b.String()
}

// cut shortens a cell that begins in column at and is too long for the terminal.
func (s screen) cut(cell string, at int) string {
	room := s.width - at
	if s.width == 0 || utf8.RuneCountInString(cell) <= room {
		return cell
	}
	if room < 1 {
		return ""
	}
	return string([]rune(cell)[:room-1]) + "…"
}
