package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/hub"
)

func newCheck() *cobra.Command {
	command := &cobra.Command{
		Use:   "check",
		Short: "Check a configuration with the code that serve runs, and tell what each route guarantees",
		Long: "Check a configuration with the code that serve runs, its plugins included, and tell what each route\n" +
			"guarantees and why. Nothing is opened or created. The exit code is 2 if something is wrong.",
		Args: noArguments,
		RunE: check,
	}
	addConfigFlag(command)
	config.AddFlags(command.Flags())
	return command
}

func check(command *cobra.Command, _ []string) error {
	cfg, problems, err := load(command)
	if err != nil {
		return err
	}
	// The log of plugins that are only asked would stand between what they are asked for.
	log := newLog(command.ErrOrStderr(), formatText, "error")
	h, err := hub.New(cfg, hub.Options{Log: log, Version: programVersion()})
	if err != nil {
		return err
	}
	found, err := h.Check(command.Context())
	if problems = merged(problems, found); problems.Failed() {
		return problems
	}
	if err != nil {
		return err
	}
	printProblems(command.ErrOrStderr(), problems)
	for _, route := range cfg.Routes {
		for _, outlet := range route.Outlets {
			fmt.Fprintln(command.OutOrStdout(), route.Plain(outlet))
		}
	}
	_, err = fmt.Fprintln(command.OutOrStdout(), "ok")
	return err
}
