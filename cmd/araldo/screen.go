package main

import (
	"io"
	"os"
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

// columns writes rows below each other, the first as their heading, two spaces between the columns. A line that is too
// long for the terminal is cut.
func (s screen) columns(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, row := range rows {
		b.WriteString(s.row(row, widths, n == 0))
		b.WriteByte('\n')
	}
	return b.String()
}

func (s screen) row(row []string, widths []int, heading bool) string {
	var b strings.Builder
	at := 0
	for i, cell := range row {
		if strings.Join(row[i:], "") == "" {
			break
		}
		if i > 0 {
			b.WriteString("  ")
			at += 2
		}
		cell = s.cut(cell, at)
		as := stateStyles[cell]
		if heading {
			as = bold
		}
		b.WriteString(s.paint(cell, as))
		n := utf8.RuneCountInString(cell)
		if strings.Join(row[i+1:], "") != "" {
			b.WriteString(strings.Repeat(" ", max(widths[i]-n, 0)))
			n = max(widths[i], n)
		}
		if at += n; s.width > 0 && at >= s.width {
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
