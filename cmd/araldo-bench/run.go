package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// comparison is what `run` is told by flags.
type comparison struct {
	settings
	relays []string
	sizes  []int
}

func runCommand() *cobra.Command {
	var c comparison
	cmd := &cobra.Command{
		Use:   "run [WORKLOAD...]",
		Short: "Run workloads through relays, in turn, and print the figures",
		Long: `Runs each workload through each relay in turn (A B, B A, A B, ...), each time with a redis-server of its own, and prints
the medians and the ratios to the first relay. The exit code is 1 where araldo lost, repeated, reordered or changed a message.

A relay is the path of its description, or "forwarder" or "gathered", which are built in.`,
		Example: `  araldo-bench run --program araldo=bin/araldo w1 w2
  araldo-bench run --relay forwarder --relay deploy/bench/araldo.yaml --rounds 5 w3-50
  araldo-bench run --program araldo=bin/araldo --size 64,1024,16384,1048576 w3`,
		RunE: func(cmd *cobra.Command, names []string) error { return c.run(cmd, names) },
	}
	flags := cmd.Flags()
	c.flags(flags)
	flags.StringArrayVar(&c.relays, "relay", []string{"forwarder", "deploy/bench/araldo.yaml"}, "a relay to measure, the first is the reference")
	flags.IntSliceVar(&c.sizes, "size", []int{128}, "bytes of a message; several with commas between")
	return cmd
}

func (c *comparison) run(cmd *cobra.Command, names []string) error {
	for _, size := range c.sizes {
		if err := (load.Body{Size: size}).Check(); err != nil {
			return fmt.Errorf("--size: %w", err)
		}
	}
	workloads, err := work.Find(names)
	if err != nil {
		return err
	}
	relays, err := c.descriptions()
	if err != nil {
		return err
	}
	report := &report{reference: func(k key) key { return key{relays[0].Name, k.work, k.size} }}
	for _, w := range workloads {
		for _, size := range c.sizes {
			if err := c.alternate(cmd.Context(), able(w, relays, size), report); err != nil {
				return err
			}
		}
	}
	if err := printers[c.format.String()](cmd.OutOrStdout(), report.table()); err != nil {
		return err
	}
	return report.wrong()
}

// able are a workload's trials at all relays that can do it.
func able(w work.Workload, relays []*relay.Description, size int) (trials []trial) {
	for _, d := range relays {
		if _, can := d.Workloads[w.Base()]; can {
			trials = append(trials, trial{w, d, size})
		}
	}
	return trials
}

func (c *comparison) descriptions() ([]*relay.Description, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	builtin := forwarders(self)
	var list []*relay.Description
	for _, name := range c.relays {
		switch name {
		case builtin[0].Name:
			list = append(list, builtin[0])
		case builtin[1].Name:
			list = append(list, builtin[1])
		default:
			d, err := relay.Load(name)
			if err != nil {
				return nil, err
			}
			list = append(list, d)
		}
	}
	return list, distinct(list)
}

// distinct refuses relays of one name, whose results would be taken for one's.
func distinct(list []*relay.Description) error {
	known := map[string]bool{}
	for _, d := range list {
		if known[d.Name] {
			return fmt.Errorf("two relays are called %q: results go by `name`", d.Name)
		}
		known[d.Name] = true
	}
	return nil
}
