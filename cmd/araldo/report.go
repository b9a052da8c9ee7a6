package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/install"
	"github.com/araldo-relay/araldo/core/programs"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // something went wrong at run time
	exitUsage  = 2 // the command line or the configuration is wrong
)

// usageError is a wrong command line.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

// report says what went wrong, each thing on a line of its own, and returns the exit code for it.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		code := exitOK
		for _, one := range several.Unwrap() {
			code = max(code, report(w, one))
		}
		return code
	}
	var problems core.Problems
	if errors.As(err, &problems) {
		printProblems(w, problems)
		return exitUsage
	}
	fmt.Fprintf(w, "araldo: error: %s\n", indented(err.Error()))
	if text := hint(err); text != "" {
		fmt.Fprintf(w, "araldo: hint: %s\n", text)
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// printProblems prints errors and warnings in the order in which they came.
func printProblems(w io.Writer, problems core.Problems) {
	for _, p := range problems {
		kind := p.Severity
		// The kind stands at the line's beginning instead of where a warning's own text has it.
		p.Severity = core.SeverityError
		fmt.Fprintf(w, "araldo: %s: %s\n", kind, indented(p.String()))
	}
}

// indented keeps the further lines of a text apart from those that begin with the program's name.
func indented(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") }

// hint says what helps, where we know it.
func hint(err error) string {
	var usage *usageError
	var held *control.HeldError
	var none *control.NotRunningError
	var refused *control.Error
	var nowhere *noRouteError
	var unknown *install.UnknownError
	var unverified *programs.UnverifiedError
	switch {
	case errors.As(err, &usage):
		return usage.hint
	case errors.As(err, &held):
		return "`araldo stop` ends it; two hubs need a data-dir each"
	case errors.As(err, &none) && none.Refused():
		return "only the user who runs the hub, and root, may use its socket"
	case errors.As(err, &none):
		return "start one with `araldo serve -c FILE`, or name its configuration with -c or its socket with --socket"
	case errors.As(err, &nowhere):
		return "`araldo routes` shows where routes begin"
	case errors.Is(err, control.ErrHubEnded):
		return "`araldo status` tells whether one runs again"
	case errors.As(err, &refused):
		return refusalHint(refused)
	case errors.As(err, &unknown) && unknown.Nearest != "":
		return "did you mean " + quoted(unknown.Nearest) + "?"
	case errors.As(err, &unknown):
		return "`araldo plugins list` lists the plugins"
	case errors.Is(err, install.ErrInstalled):
		return "`araldo plugins upgrade` puts another version in its place"
	case errors.Is(err, install.ErrNotInstalled):
		return "`araldo plugins install` installs it"
	case errors.As(err, &unverified) && unverified.State == programs.StateUnlocked:
		return "`araldo plugins install` installs it and names it there; `verify:` says what must be verified"
	case errors.As(err, &unverified):
		return "`araldo plugins verify` tells what differs, and to install the same package again puts it back"
	case errors.Is(err, fs.ErrPermission):
		return "the user who runs this must be allowed to; `data-dir` says where the hub keeps its files"
	default:
		return ""
	}
}

func refusalHint(refused *control.Error) string {
	if refused.Nearest != "" {
		return "did you mean " + quoted(refused.Nearest) + "?"
	}
	switch refused.Code {
	case control.CodeUnknownEndpoint, control.CodeUnknownPlugin:
		return "`araldo status` lists the names"
	case control.CodeDisabled:
		return "`araldo enable NAME` switches it on"
	}
	return ""
}

// wrongFlag makes pflag's errors usage errors, with the nearest flag for one that does not exist.
func wrongFlag(command *cobra.Command, err error) error {
	if words := command.Flags().Args(); command.HasSubCommands() && len(words) > 0 && command.Args != nil {
		// Flags are those of the sub-command that was meant.
		if unknown := command.Args(command, words); unknown != nil {
			return unknown
		}
	}
	wrong := &usageError{text: err.Error(), hint: "`" + command.CommandPath() + " --help` lists the flags"}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return wrong
	}
	var names []string
	command.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := nearest(unknown.GetSpecifiedName(), names); near != "" {
		wrong.hint = "did you mean --" + near + "?"
	}
	return wrong
}

// nearest is core.Nearest, and a name that the word begins is near as well.
func nearest(word string, names []string) string {
	if near := core.Nearest(word, names); near != "" {
		return near
	}
	for _, name := range names {
		if len(word) > 1 && strings.HasPrefix(name, word) {
			return name
		}
	}
	return ""
}

func quoted(text string) string { return strconv.Quote(text) }

// noArguments is the cobra.PositionalArgs of commands that take flags only.
func noArguments(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{
		text: fmt.Sprintf("%s takes no argument, so not %s", command.CommandPath(), quoted(args[0])),
		hint: "`" + command.CommandPath() + " --help` tells what it takes",
	}
}
