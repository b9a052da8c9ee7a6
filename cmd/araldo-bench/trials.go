package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// settings are what all measuring of workloads is told by flags.
type settings struct {
	programs map[string]string
	rounds   int
	format   format
	options  work.Options
}

func (s *settings) flags(flags *pflag.FlagSet) {
	s.format = "text"
	s.format.flag(flags)
	programFlag(flags, &s.programs)
	flags.IntVar(&s.rounds, "rounds", 3, "how often each is measured")
	flags.DurationVar(&s.options.Warm, "warm", time.Second, "time before the measured time")
	flags.DurationVar(&s.options.Duration, "duration", 3*time.Second, "measured time of each run")
}

func programFlag(flags *pflag.FlagSet, programs *map[string]string) {
	flags.StringToStringVar(programs, "program", nil, "NAME=PATH of a program that descriptions call {NAME}")
}

// trial is what is run once in each round.
type trial struct {
	work  work.Workload
	relay *relay.Description
	size  int
}

// alternate runs trials, forwards in even rounds and backwards in odd ones, so that what a machine does over time hits all
// of them alike.
func (s *settings) alternate(ctx context.Context, trials []trial, report *report) error {
	if s.rounds < 1 || s.options.Duration <= 0 {
		return errors.New("--rounds must be at least 1, and --duration more than 0")
	}
	for round := range s.rounds {
		for i := range trials {
			t := trials[i]
			if round%2 == 1 {
				t = trials[len(trials)-1-i]
			}
			result, err := s.measure(ctx, t)
			if err != nil {
				return fmt.Errorf("%s through %s: %w", t.work.Name, t.relay.Name, err)
			}
			report.results = append(report.results, result)
			fmt.Fprintln(os.Stderr, line(result))
		}
	}
	return nil
}

func (s *settings) measure(ctx context.Context, t trial) (work.Result, error) {
	options := s.options
	options.Size, options.Programs = t.size, s.programs
	return work.Measure(ctx, t.work, t.relay, options)
}

// wrong is an error where araldo, of which that is promised, did not bring each message once, in order and as it was.
func (r *report) wrong() error {
	var all []error
	for _, result := range r.results {
		if result.Relay == "araldo" && !result.Right() {
			all = append(all, fmt.Errorf("araldo did not bring each message once, in order and as it was: %s: %s", result.Work, result.Wrong()))
		}
	}
	return errors.Join(all...)
}
