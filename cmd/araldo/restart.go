package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newRestart() *cobra.Command {
	command := &cobra.Command{
		Use:   "restart NAME",
		Short: "Put a new process in the place of a running plugin's, without losing messages",
		Long: "Put a new process in the place of a running plugin's, without losing messages. The new one is tried beside the old one\n" +
			"first; if it is no good, the old one goes on and the error says why. Else the old one is drained, for shutdown-timeout\n" +
			"at most, and its endpoints are opened by the new one.",
		Args: onePlugin,
		RunE: func(command *cobra.Command, args []string) error {
			client, err := dial(command)
			if err != nil {
				return err
			}
			if err := client.RestartPlugin(command.Context(), args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(command.OutOrStdout(), "%s is restarted\n", args[0])
			return err
		},
	}
	addHubFlags(command)
	return command
}

func onePlugin(command *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{
		text: fmt.Sprintf("%s takes the name of one plugin", command.CommandPath()),
		hint: "`araldo status` lists the names",
	}
}
