package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	// araldo is the program under test; empty: it is built, with the race detector if race is set.
	araldo string
	race   bool
	plan   string
	seed   uint64
	// rate is messages per second, size bytes of each.
	rate, size int
	duration   time.Duration
	// faults ends the plan after so many, messages after so many accepted messages; 0: after duration.
	faults, messages int
	// outage is how long a long fault lasts: Redis down, the network gone.
	outage time.Duration
	format string
	// keep leaves the run's folder behind.
	keep bool
}

func parse(arguments []string, errOut io.Writer) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("araldo-torture", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&o.araldo, "araldo", "", "the `PROGRAM` under test; default: built from this tree")
	flags.BoolVar(&o.race, "race", false, "build it with the race detector")
	flags.StringVar(&o.plan, "plan", "mixed", "`NAME` of the plan of faults: "+strings.Join(planNames(), ", "))
	flags.Uint64Var(&o.seed, "seed", 0, "what the faults and payloads follow from; 0: any, told in the report")
	flags.IntVar(&o.rate, "rate", 2000, "messages per second")
	flags.IntVar(&o.size, "size", 1024, "bytes of a message")
	flags.DurationVar(&o.duration, "duration", time.Minute, "how long faults are made")
	flags.IntVar(&o.faults, "faults", 0, "end after so many faults; 0: the plan's own number, else after -duration")
	flags.IntVar(&o.messages, "messages", 0, "end after so many accepted messages; 0: the plan's own number, else after -duration")
	flags.DurationVar(&o.outage, "outage", 10*time.Second, "how long the long faults of F5 and F6 last")
	flags.StringVar(&o.format, "format", "text", "of the report: text or json")
	flags.BoolVar(&o.keep, "keep", false, "keep the run's folder: configuration, log, dead letters")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	return o, o.complete(flags.Args())
}

// complete checks the options and fills in what was left open.
func (o *options) complete(rest []string) error {
	if o.seed == 0 {
		o.seed = rand.Uint64N(1<<32) + 1
	}
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case !slices.Contains(planNames(), o.plan):
		return fmt.Errorf("-plan %q: it is one of %s", o.plan, strings.Join(planNames(), ", "))
	case o.format != "text" && o.format != "json":
		return fmt.Errorf("-format %q: it is text or json", o.format)
	case o.rate < 1 || o.size < 1 || o.duration <= 0 || o.outage <= 0 || o.faults < 0 || o.messages < 0:
		return errors.New("-rate, -size, -duration and -outage are above 0, -faults and -messages not below")
	}
	return nil
}
