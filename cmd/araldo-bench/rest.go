package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// resting is what `rest` is told by flags.
type resting struct {
	description string
	starts      int
	format      format
	options     work.Options
}

// restFigures are what it finds.
type restFigures struct {
	Relay     string          `json:"relay"`
	Processes []work.Resting  `json:"processes"`
	Starts    []time.Duration `json:"starts_ns"`
}

func restCommand() *cobra.Command {
	var r resting
	var programs map[string]string
	cmd := &cobra.Command{
		Use:   "rest",
		Short: "Measure a relay that has nothing to do: CPU, memory of each process, time to start",
		Long: `Starts the relay as its description says under "rest", leaves it alone, and prints what each of its processes uses, and the
median of the times from start until it says that it is ready.`,
		Example: `  araldo-bench rest --program araldo=bin/araldo`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := relay.Load(r.description)
			if err != nil {
				return err
			}
			r.options.Programs = programs
			figures, err := r.measure(cmd.Context(), d)
			if err != nil {
				return fmt.Errorf("%s at rest: %w", d.Name, err)
			}
			return printers[r.format.String()](cmd.OutOrStdout(), figures.table())
		},
	}
	flags := cmd.Flags()
	r.format = "text"
	r.format.flag(flags)
	programFlag(flags, &programs)
	flags.StringVar(&r.description, "relay", "deploy/bench/araldo.yaml", "the relay")
	flags.IntVar(&r.starts, "starts", 11, "how often it is started")
	flags.DurationVar(&r.options.Duration, "duration", 20*time.Second, "measured time")
	return cmd
}

func (r *resting) measure(ctx context.Context, d *relay.Description) (figures restFigures, err error) {
	figures.Relay = d.Name
	if figures.Processes, err = work.MeasureRest(ctx, d, r.options); err != nil {
		return figures, err
	}
	for range max(1, r.starts) {
		took, err := work.MeasureStart(ctx, d, r.options)
		if err != nil {
			return figures, err
		}
		figures.Starts = append(figures.Starts, took)
	}
	return figures, nil
}

func (f restFigures) table() table {
	t := table{heads: []string{"relay", "process", "CPU, of a core", "memory", "without what is shared", "ready after"}, data: f}
	var all work.Resting
	for _, p := range f.Processes {
		t.rows = append(t.rows, append([]string{f.Relay}, restCells(p, "")...))
		all.Share += p.Share
		all.Memory += p.Memory
		all.Proportional += p.Proportional
	}
	all.Name = "all"
	start := fmt.Sprintf("%d ms", middle(f.Starts, time.Duration.Milliseconds))
	t.rows = append(t.rows, append([]string{f.Relay}, restCells(all, start)...))
	return t
}

func restCells(p work.Resting, start string) []string {
	return []string{p.Name, fmt.Sprintf("%.3f %%", 100*p.Share), mebibytes(p.Memory), mebibytes(p.Proportional), cmp.Or(start, "-")}
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
