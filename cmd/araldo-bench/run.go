package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// settings are what `run` is told by flags.
type settings struct {
	relays   []string
	programs map[string]string
	rounds   int
	format   string
	options  work.Options
}

func runCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "run [WORKLOAD...]",
		Short: "Run workloads through relays, in turn, and print the figures",
		Long: `Runs each workload through each relay in turn (A B, B A, A B, ...), each time with a redis-server of its own, and prints
the medians and the ratios to the first relay. The exit code is 1 where a relay that is marked as exact lost,
repeated or reordered a message.

A relay is the path of its description, or "forwarder" or "gathered", which are built in.`,
		Example: `  araldo-bench run --program araldo=bin/araldo w1 w2
  araldo-bench run --relay forwarder --relay deploy/bench/araldo.yaml --rounds 5 w3-50`,
		RunE: func(cmd *cobra.Command, names []string) error { return s.run(cmd, names) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&s.relays, "relay", []string{"forwarder", "deploy/bench/araldo.yaml"}, "a relay to measure, the first is the reference")
	flags.StringToStringVar(&s.programs, "program", nil, "NAME=PATH of a program that descriptions call {NAME}")
	flags.IntVar(&s.rounds, "rounds", 3, "how often each relay runs each workload")
	flags.StringVar(&s.format, "format", "text", "text, markdown or json")
	flags.IntVar(&s.options.Size, "size", 128, "bytes of a message")
	flags.DurationVar(&s.options.Warm, "warm", time.Second, "time before the measured time")
	flags.DurationVar(&s.options.Duration, "duration", 3*time.Second, "measured time of each run")
	return cmd
}

func (s *settings) run(cmd *cobra.Command, names []string) error {
	if s.options.Size < load.LeastSize {
		return fmt.Errorf("--size %d: a message has at least %d bytes, its stamp", s.options.Size, load.LeastSize)
	}
	if printers[s.format] == nil {
		return fmt.Errorf("--format %s: text, markdown or json", s.format)
	}
	workloads, err := work.Find(names)
	if err != nil {
		return err
	}
	relays, err := s.descriptions()
	if err != nil {
		return err
	}
	s.options.Programs = s.programs
	report := &report{size: s.options.Size, reference: relays[0].Name}
	for _, w := range workloads {
		if err := s.compare(cmd.Context(), w, relays, report); err != nil {
			return err
		}
	}
	if err := printers[s.format](cmd.OutOrStdout(), report); err != nil {
		return err
	}
	return report.wrong()
}

func (s *settings) descriptions() ([]*relay.Description, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	builtin := forwarders(self)
	var list []*relay.Description
	for _, name := range s.relays {
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
	return list, nil
}

// compare runs one workload through all relays that can do it, forwards in even rounds and backwards in odd ones.
func (s *settings) compare(ctx context.Context, w work.Workload, relays []*relay.Description, report *report) error {
	for round := range s.rounds {
		for i := range relays {
			d := relays[i]
			if round%2 == 1 {
				d = relays[len(relays)-1-i]
			}
			if _, able := d.Workloads[w.Base()]; !able {
				continue
			}
			result, err := work.Measure(ctx, w, d, s.options)
			if err != nil {
				return fmt.Errorf("%s through %s: %w", w.Name, d.Name, err)
			}
			report.results = append(report.results, result)
			fmt.Fprintln(os.Stderr, line(result))
		}
	}
	return nil
}

// wrong is an error where araldo, of which that is promised, did not bring each message once and in order.
func (r *report) wrong() error {
	var all []string
	for _, result := range r.results {
		if result.Relay == "araldo" && !result.Right() {
			all = append(all, fmt.Sprintf("%s: %d lost, %d repeated, %d late", result.Work, result.Lost, result.Repeated, result.Late))
		}
	}
	if len(all) > 0 {
		return errors.New("araldo did not bring each message once and in order: " + strings.Join(all, "; "))
	}
	return nil
}
