package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the workloads", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, w := range work.All {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-10s %s\n", w.Name, w.About); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
