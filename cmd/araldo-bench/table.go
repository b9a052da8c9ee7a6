package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"
)

// table is figures for people. data are the same for programs.
type table struct {
	heads []string
	rows  [][]string
	data  any
}

// printers write a table, by format.
var printers = map[string]func(io.Writer, table) error{"text": printText, "markdown": printMarkdown, "json": printJSON}

// format is the value of --format.
type format string

func (f *format) flag(flags *pflag.FlagSet) { flags.Var(f, "format", "text, markdown or json") }

// String, Set and Type make it a flag's value.
func (f *format) String() string { return string(*f) }

// Set takes the name of a printer.
func (f *format) Set(name string) error {
	if printers[name] == nil {
		return errors.New("text, markdown or json")
	}
	*f = format(name)
	return nil
}

// Type stands in the help.
func (f *format) Type() string { return "string" }

func printText(w io.Writer, t table) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.heads}, t.rows...) {
		fmt.Fprintln(out, strings.Join(row, "\t"))
	}
	return out.Flush()
}

func printMarkdown(w io.Writer, t table) error {
	text := "| " + strings.Join(t.heads, " | ") + " |\n|" + strings.Repeat(" --- |", len(t.heads)) + "\n"
	for _, row := range t.rows {
		text += "| " + strings.Join(row, " | ") + " |\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

func printJSON(w io.Writer, t table) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(t.data)
}
