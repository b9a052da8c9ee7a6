package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newStop() *cobra.Command {
	command := &cobra.Command{
		Use:   "stop",
		Short: "Let a running hub drain and end, and wait until it has",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := dial(command)
			if err != nil {
				return err
			}
			if err := client.Stop(command.Context()); err != nil {
				return err
			}
			_, err = fmt.Fprintln(command.OutOrStdout(), "stopped")
			return err
		},
	}
	addHubFlags(command)
	return command
}
