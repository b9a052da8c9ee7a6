package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/profile"
)

// profileTime is what making a profile may take beside its seconds.
const profileTime = 30 * time.Second

func newPprof() *cobra.Command {
	command := &cobra.Command{
		Use:   "pprof NAME {cpu|heap|goroutine|allocs}",
		Short: "Make a profile of a running hub's process or of a plugin's, for Go's pprof",
		Long: "Make a profile of a running hub's process or of a plugin's, through the control socket: nothing listens on a network\n" +
			"for it. NAME is a plugin as `araldo status` shows it, or hub.\n\n" +
			"  cpu        where processor time goes, for --seconds\n" +
			"  heap       memory in use, by where it was allocated\n" +
			"  goroutine  where each goroutine is now\n" +
			"  allocs     all memory allocated since the start\n\n" +
			"The profile goes to standard output, at most 64 MiB. A plugin of somebody else's may make none.",
		Example: "  araldo pprof hub cpu --seconds 10 > hub.pprof\n" +
			"  go tool pprof -http=: hub.pprof",
		Args: nameAndKind,
		RunE: pprof,
	}
	addHubFlags(command)
	command.Flags().Int("seconds", 10, "how long a profile of the CPU takes, `N` from 1 to 60")
	return command
}

func nameAndKind(command *cobra.Command, args []string) error {
	if len(args) != 2 {
		return &usageError{command.CommandPath() + " takes a plugin's name, or hub, and a kind of profile",
			"as in `araldo pprof hub cpu > hub.pprof`; `araldo status` lists the names"}
	}
	if _, known := profile.KindOf(args[1]); !known {
		wrong := &usageError{quoted(args[1]) + " is no kind of profile", "it may be " + strings.Join(profile.Names(), ", ")}
		if near := nearest(args[1], profile.Names()); near != "" {
			wrong.hint = "did you mean " + near + "?"
		}
		return wrong
	}
	return nil
}

func pprof(command *cobra.Command, args []string) error {
	seconds, _ := command.Flags().GetInt("seconds")
	kind, _ := profile.KindOf(args[1])
	request := control.ProfileRequest{Of: args[0], Kind: kind, Duration: time.Duration(seconds) * time.Second}
	if seconds < 1 || profile.Check(profile.CPU, request.Duration) != nil {
		return &usageError{fmt.Sprintf("--seconds %d is not allowed", seconds), "it may be 1 to 60"}
	}
	if screenOf(command.OutOrStdout()).terminal {
		return &usageError{"a profile is binary, and standard output is a terminal",
			fmt.Sprintf("write it to a file: `araldo pprof %s %s > %s.pprof`, then `go tool pprof -http=: %s.pprof`", args[0], args[1],
				args[1], args[1])}
	}
	client, err := dial(command)
	if err != nil {
		return err
	}
	ctx, cancel := withTimeout(command, request.Duration+profileTime)
	defer cancel()
	return client.Profile(ctx, command.OutOrStdout(), request)
}
