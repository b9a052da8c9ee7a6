package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/growth"
)

func growCommand() *cobra.Command {
	var s settings
	var size int
	cmd := &cobra.Command{
		Use:   "grow [SERIES...]",
		Short: "Measure how araldo's cost grows: with outlets, connections, routes, conversions",
		Long: `Runs the cases of each series in turn, with configurations that it makes itself, and prints a table of each. The
ratio is that to the first case of the series.`,
		Example: `  araldo-bench grow --program araldo=bin/araldo outlets routes`,
		RunE: func(cmd *cobra.Command, names []string) error {
			series, err := growth.Find(names)
			if err != nil {
				return err
			}
			for _, one := range series {
				if err := s.grow(cmd, one, size); err != nil {
					return err
				}
			}
			return nil
		},
	}
	s.flags(cmd.Flags())
	cmd.Flags().IntVar(&size, "size", 128, "bytes of a message")
	return cmd
}

func (s *settings) grow(cmd *cobra.Command, series growth.Series, size int) error {
	report := &report{reference: func(k key) key { return key{k.relay, series.Cases[0].Workload.Name, k.size} }}
	var trials []trial
	for _, c := range series.Cases {
		trials = append(trials, trial{c.Workload, c.Relay, size})
	}
	if err := s.alternate(cmd.Context(), trials, report); err != nil {
		return err
	}
	if s.format != "json" {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "\n%s: %s\n\n", series.Name, series.About); err != nil {
			return err
		}
	}
	if err := printers[s.format.String()](cmd.OutOrStdout(), report.table()); err != nil {
		return err
	}
	return report.wrong()
}
