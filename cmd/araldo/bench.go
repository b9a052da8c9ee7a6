package main

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo/bench"
	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/routes"
)

// The bounds of a bench.
const (
	mostRate      = 1_000_000
	leastDuration = 100 * time.Millisecond
	mostDuration  = time.Hour
)

func newBench() *cobra.Command {
	command := &cobra.Command{
		Use:   "bench --inbound NAME --outbound NAME",
		Short: "Put a route of a configuration under load, with mocks in the places of its endpoints",
		Long: "Put a route of a configuration under load, with mocks in the places of its endpoints, in a hub of its own.\n\n" +
			"Nothing of yours is touched: no endpoint of the configuration is opened, no message goes to or comes from a back end,\n" +
			"and a running hub on the same configuration goes on. The configuration is only checked as `araldo check` does, for\n" +
			"which a Redis may be asked how it keeps its data. The route keeps its filter, queue, delivery, order, retry, ttl and\n" +
			"marshallings, and its other outlets; all of their endpoints are mocks too.\n\n" +
			"Without --rate it brings as many messages as the route takes, with a bounded number under way. With --rate messages\n" +
			"are due at their time whether or not the relay has taken those before, and their latency counts from then on.\n\n" +
			"The exit code is 1 if messages were lost, or none arrived.",
		Example: "  araldo bench -c araldo.yaml --inbound orders --outbound archive\n" +
			"  araldo bench -c araldo.yaml --inbound orders --outbound archive --rate 1000 --svg latency.svg",
		Args: noArguments,
		RunE: runBench,
	}
	addConfigFlag(command)
	f := command.Flags()
	f.String("inbound", "", "endpoint `NAME` at which the route begins")
	f.String("outbound", "", "outlet or endpoint `NAME` that is measured")
	f.Int("rate", 0, "`N` messages per second, up to 1000000 (default as many as the route takes)")
	f.String("size", "128", "`BYTES` of a message, such as 16KiB: a JSON document")
	f.String("payload", "", "send the content of `FILE` in place of a document of --size")
	f.Duration("duration", 10*time.Second, "how long to measure, `TIME` such as 10s")
	f.String("svg", "", "write the histogram of latencies to `FILE` too")
	addFormatFlag(command, "text or json")
	// The flags were added above.
	_ = command.RegisterFlagCompletionFunc("inbound", endpointNames)
	_ = command.RegisterFlagCompletionFunc("outbound", endpointNames)
	return command
}

func runBench(command *cobra.Command, _ []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	options, err := benchOptions(command)
	if err != nil {
		return err
	}
	cfg, problems, err := load(command)
	if err != nil {
		return err
	}
	if problems.Failed() {
		return problems
	}
	if err := benchRoute(command, cfg, &options); err != nil {
		return err
	}
	if err := drawable(command); err != nil {
		return err
	}
	// What mocks have to say would stand between the figures.
	options.Log = newLog(command.ErrOrStderr(), formatText, slog.LevelError)
	meter := newMeter(command.ErrOrStderr(), options.Duration)
	options.Progress = meter.show
	result, err := bench.Run(command.Context(), cfg, options)
	meter.clear()
	if err != nil {
		return err
	}
	return errors.Join(printBench(command.OutOrStdout(), format, &result), drawBench(command, &result), benchError(&result))
}

// benchOptions reads the flags that need no configuration.
func benchOptions(command *cobra.Command) (bench.Options, error) {
	f := command.Flags()
	o := bench.Options{Version: programVersion()}
	o.Rate, _ = f.GetInt("rate")
	o.Duration, _ = f.GetDuration("duration")
	if o.Rate < 0 || o.Rate > mostRate {
		return o, &usageError{fmt.Sprintf("--rate %d is not allowed", o.Rate), "it may be 1 to 1000000"}
	}
	if o.Duration < leastDuration || o.Duration > mostDuration {
		return o, &usageError{fmt.Sprintf("--duration %s is not allowed", o.Duration), "it may be 100ms to 1h"}
	}
	for _, name := range []string{"inbound", "outbound"} {
		if value, _ := f.GetString(name); value == "" {
			return o, &usageError{"--" + name + " NAME is missing", "`araldo routes` shows where routes begin and end"}
		}
	}
	return o, nil
}

// benchRoute finds the route and makes its payload.
func benchRoute(command *cobra.Command, cfg *config.Config, o *bench.Options) error {
	f := command.Flags()
	o.Inbound, _ = f.GetString("inbound")
	outbound, _ := f.GetString("outbound")
	route, err := routeFrom(cfg, o.Inbound)
	if err != nil {
		return err
	}
	if o.Outlet, err = outletOf(route, outbound); err != nil {
		return err
	}
	o.Payload, err = benchPayload(command, cfg, o.Inbound)
	return err
}

func routeFrom(cfg *config.Config, inbound string) (*routes.Route, error) {
	var names []string
	for i := range cfg.Routes {
		if cfg.Routes[i].Inbound == inbound {
			return &cfg.Routes[i], nil
		}
		names = append(names, cfg.Routes[i].Inbound)
	}
	return nil, noSuch("no route begins at "+quoted(inbound), inbound, names)
}

// outletOf finds an outlet by its name, else by where it leads.
func outletOf(route *routes.Route, name string) (string, error) {
	var names, leading []string
	for _, o := range route.Outlets {
		if o.Name == name {
			return name, nil
		}
		names = append(names, o.Name)
		if o.To == name {
			leading = append(leading, o.Name)
		}
	}
	if len(leading) == 1 {
		return leading[0], nil
	}
	if len(leading) > 1 {
		return "", &usageError{"several outlets of route " + route.Inbound + " lead to " + quoted(name),
			fmt.Sprintf("name one of them: --outbound %s", leading[0])}
	}
	return "", noSuch("route "+route.Inbound+" does not lead to "+quoted(name), name, names)
}

func noSuch(text, name string, names []string) error {
	wrong := &usageError{text, "`araldo routes` shows where routes begin and end"}
	if near := nearest(name, names); near != "" {
		wrong.hint = "did you mean " + quoted(near) + "?"
	}
	return wrong
}
