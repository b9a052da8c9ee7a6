package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// switchTime is above what closing or opening an endpoint may take the hub.
const switchTime = 30 * time.Second

func newEnable() *cobra.Command {
	return newSwitch("enable NAME", "Switch an endpoint of a running hub on", true)
}

// newSwitch is a command that enables or disables an endpoint.
func newSwitch(use, short string, enabled bool) *cobra.Command {
	command := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  short + ". It stays so until the hub ends; `enabled:` in the configuration is for ever.",
		Args:  oneName,
		RunE: func(command *cobra.Command, args []string) error {
			client, err := dial(command)
			if err != nil {
				return err
			}
			ctx, cancel := withTimeout(command, switchTime)
			defer cancel()
			if err := client.SetEnabled(ctx, args[0], enabled); err != nil {
				return err
			}
			_, err = fmt.Fprintf(command.OutOrStdout(), "%s is %sd\n", args[0], command.Name())
			return err
		},
	}
	addHubFlags(command)
	return command
}

func oneName(command *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{
		text: fmt.Sprintf("%s takes the name of one endpoint", command.CommandPath()),
		hint: "`araldo status` lists the names",
	}
}
