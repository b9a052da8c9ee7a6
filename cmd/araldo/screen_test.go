package main

import (
	"strings"
	"testing"
)

var someRows = [][]string{{"NAME", "STATE", "NOTES"}, {"a", "ready", ""}, {"longer", "failed", "a text of some words that does not fit"}}

func TestAPipeGetsTablesWholeAndPlain(t *testing.T) {
	want := "NAME    STATE   NOTES\na       ready\nlonger  failed  a text of some words that does not fit\n"
	if got := (screen{}).columns(someRows); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := screenOf(&strings.Builder{}); got.colour || got.width != 0 || got.terminal {
		t.Errorf("%+v", got)
	}
}

func TestATerminalGetsTablesThatFit(t *testing.T) {
	want := "NAME    STATE   NOTES\na       ready\nlonger  failed  a text of some words\n                that does not fit\n"
	if got := (screen{width: 40}).columns(someRows); got != want {
		t.Errorf("got\n%s", got)
	}
	for width := 1; width < 60; width++ {
		for line := range strings.Lines((screen{width: width}).columns(someRows)) {
			if n := len([]rune(strings.TrimRight(line, " \n"))); n > width {
				t.Errorf("%d columns in %d: %q", n, width, line)
			}
		}
	}
}

func TestColoursDoNotChangeThePlaces(t *testing.T) {
	coloured := screen{colour: true, width: 40}.columns(someRows)
	if !strings.Contains(coloured, "\x1b[31mfailed\x1b[0m  a text") || !strings.Contains(coloured, "\x1b[1mNAME\x1b[0m    ") {
		t.Errorf("got %q", coloured)
	}
	for _, code := range []string{"0", "1", "31", "32"} {
		coloured = strings.ReplaceAll(coloured, "\x1b["+code+"m", "")
	}
	if coloured != (screen{width: 40}).columns(someRows) {
		t.Errorf("got\n%s", coloured)
	}
}

func TestPayloadsCannotSteerTheTerminal(t *testing.T) {
	for payload, want := range map[string]string{
		`{"a":"b"}`: `'{"a":"b"}'`, "\x1b[2J": `'\x1b[2J'`, "grün\n": `'grün\n'`, "\xff\x00": `'\xff\x00'`, "\u202e": `'\u202e'`, "": `''`, `a\b`: `'a\\b'`,
	} {
		if got := escaped([]byte(payload)); got != want {
			t.Errorf("%q: got %s, want %s", payload, got, want)
		}
	}
}
