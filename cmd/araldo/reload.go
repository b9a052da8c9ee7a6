package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

func newReload() *cobra.Command {
	command := &cobra.Command{
		Use:   "reload",
		Short: "Let a running hub take its configuration anew, without a word to what is not changed",
		Long: "Let a running hub take its configuration anew. What is equal in both goes on unnoticed: connections, queues and\n" +
			"accounts. What is new is opened, and what is gone is drained, for shutdown-timeout at most. If something is wrong,\n" +
			"or can't be opened, nothing is changed and the exit code tells why: 2 for the configuration, 1 for the rest.\n\n" +
			"Each change is told with what it takes: live interrupts nothing, endpoint-restart closes that one endpoint and opens\n" +
			"it again, and hub-restart waits until the hub is started again. SIGHUP does the same, with the outcome in the log.",
		Example: "  araldo reload --dry-run && araldo reload",
		Args:    noArguments,
		RunE:    reload,
	}
	addHubFlags(command)
	addFormatFlag(command, "text or json")
	command.Flags().Bool("dry-run", false, "tell what would change, and change nothing")
	return command
}

func reload(command *cobra.Command, _ []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	client, err := dial(command)
	if err != nil {
		return err
	}
	dryRun, _ := command.Flags().GetBool("dry-run")
	done, err := client.Reload(command.Context(), dryRun)
	if err != nil {
		return err
	}
	problems := problemsOf(done.Problems)
	if format == formatJSON {
		err = writeJSON(command.OutOrStdout(), done)
	} else if done.OK || done.Error != "" {
		err = printReload(command.OutOrStdout(), done)
	}
	switch {
	case problems.Failed():
		return errors.Join(problems, err)
	case done.Error != "":
		return errors.Join(errors.New("nothing was reloaded: "+done.Error), err)
	case format == formatText:
		printProblems(command.ErrOrStderr(), problems)
	}
	return err
}

// problemsOf are a reload's problems as the configuration's own are.
func problemsOf(list []control.Problem) core.Problems {
	var problems core.Problems
	for _, p := range list {
		add := problems.Warnf
		if p.Severity == core.SeverityError.String() {
			add = problems.Errorf
		}
		add(core.Position{File: p.At}, p.Detail, "%s", p.Summary)
	}
	return problems
}

// printReload tells the changes, one per line, and what became of them.
func printReload(w io.Writer, done control.Reload) error {
	waits := false
	for _, c := range done.Changes {
		waits = waits || c.Class == config.ClassHubRestart.String()
		if _, err := fmt.Fprintln(w, c.Text); err != nil {
			return err
		}
	}
	for _, name := range done.Plugins {
		if _, err := fmt.Fprintf(w, "plugin %s upgraded: its program's file was replaced\n", name); err != nil {
			return err
		}
	}
	for _, remark := range done.Remarks {
		if _, err := fmt.Fprintln(w, remark); err != nil {
			return err
		}
	}
	if waits {
		if _, err := fmt.Fprintln(w, "what says hub-restart waits until the hub is started again"); err != nil {
			return err
		}
	}
	if done.Error != "" {
		return nil
	}
	_, err := fmt.Fprintln(w, outcome(done))
	return err
}

func outcome(done control.Reload) string {
	switch {
	case len(done.Changes)+len(done.Plugins) == 0:
		return "nothing is different"
	case done.DryRun:
		return "a dry run: nothing was changed"
	}
	return "reloaded"
}
