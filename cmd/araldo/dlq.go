package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
)

func newDLQ() *cobra.Command {
	command := &cobra.Command{
		Use:   "dlq",
		Short: "Look at dead letters, send them again or give them up",
		Long: "Look at dead letters, send them again or give them up: messages that an outlet's endpoint can never take, and that\n" +
			"went to the endpoint of its `dead-letter`. The commands read those of an endpoint-file.\n\n" +
			"A RECORD is named by its place, such as 1:0, which `araldo dlq list` shows, or by its message's id.",
		Example: "  araldo dlq list\n  araldo dlq show 1:0\n  araldo dlq replay --all\n  araldo dlq drop 1:0",
		Args:    onlyItsCommands,
		RunE:    func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newDLQList(), newDLQShow(), newDLQReplay(), newDLQDrop())
	return command
}

func newDLQList() *cobra.Command {
	command := &cobra.Command{
		Use:   "list",
		Short: "List dead letters: since when, where they were to go, and why they did not",
		Long: "List dead letters, oldest first: when the last attempt was, where they were to go, why they did not, and after how\n" +
			"many attempts. No hub need run.",
		Example: "  araldo dlq list\n  araldo dlq list --limit 0 --format json",
		Args:    noArguments,
		RunE:    listDead,
	}
	addBoxFlags(command)
	addFormatFlag(command, "text or json")
	command.Flags().Int("limit", 100, "show the newest `N`; 0: all")
	return command
}

func newDLQShow() *cobra.Command {
	command := &cobra.Command{
		Use:   "show RECORD...",
		Short: "Show all that is known of dead letters, with their payloads",
		Long: "Show all that is known of dead letters, with their payloads: as they are where that is printable text, else in\n" +
			"base64. No hub need run.",
		Example: "  araldo dlq show 1:0\n  araldo dlq show 1:0 --format json | jq -r '.[0].payload'",
		Args:    someRecords,
		RunE:    showDead,

		ValidArgsFunction: recordNames,
	}
	addBoxFlags(command)
	addFormatFlag(command, "text or json")
	return command
}

func newDLQReplay() *cobra.Command {
	command := &cobra.Command{
		Use:   "replay [RECORD... | --all]",
		Short: "Send dead letters to their outlets again, through a running hub",
		Long: "Send dead letters to their outlets again, through a running hub, and wait for what becomes of them. Each goes to the\n" +
			"outlet that it did not pass, and to no other, and keeps its id. What is delivered, what the outlet's filter leaves out\n" +
			"and what dies again, as a new dead letter, is done; all else stays. Interrupt it at any time and run it again: nothing\n" +
			"is lost, and what was under way may come twice.",
		Example: "  araldo dlq replay 1:0\n  araldo dlq replay --all",
		Args:    recordsOrAll,
		RunE:    replayDead,

		ValidArgsFunction: recordNames,
	}
	addBoxFlags(command)
	command.Flags().String("socket", "", "control socket `PATH` of the hub (default the one of the configuration)")
	command.Flags().String("data-dir", "", "`DIRECTORY` in which the hub keeps its files (default the configuration's)")
	addFormatFlag(command, "text or json")
	command.Flags().Bool("all", false, "all that there are now")
	return command
}

func newDLQDrop() *cobra.Command {
	command := &cobra.Command{
		Use:     "drop [RECORD... | --all]",
		Short:   "Give dead letters up",
		Long:    "Give dead letters up: no command shows them any more. No hub need run.",
		Example: "  araldo dlq drop 1:0\n  araldo dlq drop --all --yes",
		Args:    recordsOrAll,
		RunE:    dropDead,

		ValidArgsFunction: recordNames,
	}
	addBoxFlags(command)
	addFormatFlag(command, "text or json")
	command.Flags().Bool("all", false, "all that there are now")
	command.Flags().Bool("yes", false, "do not ask")
	return command
}

// addBoxFlags adds the flags that say which dead letters.
func addBoxFlags(command *cobra.Command) {
	addConfigFlag(command)
	command.Flags().String("endpoint", "", "`NAME` of the endpoint that has the dead letters (default the only one)")
	_ = command.RegisterFlagCompletionFunc("endpoint", deadLetterNames) // fails for a flag that is not there
}

func someRecords(command *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return &usageError{command.CommandPath() + " takes records, such as 1:0", "`araldo dlq list` lists them"}
}

func recordsOrAll(command *cobra.Command, args []string) error {
	if all, _ := command.Flags().GetBool("all"); all != (len(args) > 0) {
		return nil
	}
	return &usageError{command.CommandPath() + " takes records, such as 1:0, or --all", "`araldo dlq list` lists them"}
}

// deadLetterNames completes the endpoints that outlets name.
func deadLetterNames(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	path := configPath(command)
	if path == "" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	cfg, _ := config.Load(path, nil)
	if cfg == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return deadLetterEndpoints(cfg), cobra.ShellCompDirectiveNoFileComp
}

// mostCompletions is how many records completion offers: the newest.
const mostCompletions = 50

// recordNames completes the places of records.
func recordNames(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	b, err := findBox(command)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	dead, err := b.open()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, l := range dead[max(0, len(dead)-mostCompletions):] {
		names = append(names, cobra.CompletionWithDesc(l.place(), l.way()+": "+l.story.Reason))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// keptError says that some dead letters could not be dealt with: kept ones are still there, again ones came back as new.
type keptError struct{ kept, again, of int }

func (e *keptError) Error() string {
	of := " of " + counted(e.of, "dead letter")
	switch {
	case e.again == 0:
		return fmt.Sprintf("%d%s still there", e.kept, of)
	case e.kept == 0:
		return fmt.Sprintf("%d%s dead again", e.again, of)
	}
	return fmt.Sprintf("%d%s still there, %d dead again", e.kept, of, e.again)
}

// errRefused is a question answered with no.
var errRefused = errors.New("nothing was dropped")
