package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
)

// The values of --format.
const (
	formatText    = "text"
	formatJSON    = "json"
	formatMermaid = "mermaid"
	formatDot     = "dot"
)

// addFormatFlag adds --format; usage names what it may be.
func addFormatFlag(command *cobra.Command, usage string) {
	command.Flags().String("format", formatText, "`FORMAT` of the output: "+usage)
}

// formatOf reads --format.
func formatOf(command *cobra.Command, allowed ...string) (string, error) {
	format, _ := command.Flags().GetString("format")
	return format, oneOf("format", format, allowed...)
}

// writeJSON writes one value for people and scripts.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
