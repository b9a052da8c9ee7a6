package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/plugins/file/record"
)

func dropDead(command *cobra.Command, args []string) (failed error) {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	b, err := findBox(command)
	if err != nil {
		return err
	}
	dead, marks, err := b.hold(command, args)
	if err != nil || marks == nil {
		return err
	}
	defer func() { failed = errors.Join(failed, marks.Close()) }()
	if err := confirm(command, fmt.Sprintf("Drop %s at %s for good?", counted(len(dead), "dead letter"), b.endpoint)); err != nil {
		return err
	}
	entries := make([]record.Entry, len(dead))
	r := &replay{seen: []replayedLetter{}}
	for i := range dead {
		entries[i] = dead[i].Entry
		r.note(&dead[i], control.Replayed{Settled: true, Verdict: "given up"})
	}
	if err := marks.Mark(entries); err != nil {
		return err
	}
	_, err = marks.Sweep()
	return errors.Join(r.print(command.OutOrStdout(), format), err)
}

// confirm asks a person, unless --yes was given. Nobody can be asked where the input is no terminal.
func confirm(command *cobra.Command, question string) error {
	if yes, _ := command.Flags().GetBool("yes"); yes {
		return nil
	}
	input, is := command.InOrStdin().(*os.File)
	if !is || !term.IsTerminal(int(input.Fd())) {
		return &usageError{command.CommandPath() + " asks before it drops, and there is no terminal", "--yes answers beforehand"}
	}
	if _, err := fmt.Fprint(command.ErrOrStderr(), question+" [y/N] "); err != nil {
		return err
	}
	answer, err := bufio.NewReader(input).ReadString('\n')
	if err != nil {
		return err
	}
	if word := strings.ToLower(strings.TrimSpace(answer)); word != "y" && word != "yes" {
		return errRefused
	}
	return nil
}
