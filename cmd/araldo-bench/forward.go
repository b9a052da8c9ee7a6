package main

import (
	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/forwarder"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// forwarderCommand is the reference relay, started by the program itself.
func forwarderCommand() *cobra.Command {
	f := &forwarder.Forwarder{}
	var workload string
	cmd := &cobra.Command{
		Use: "forwarder", Short: "Be the forwarder written by hand", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.Run(cmd.Context(), workload) },
	}
	cmd.Flags().IntVar(&f.Port, "port", 0, "port for WebSockets")
	cmd.Flags().IntVar(&f.RedisPort, "redis-port", 0, "port of Redis")
	cmd.Flags().BoolVar(&f.Gathered, "gathered", false, "encode each frame once and write all that waits in one call")
	cmd.Flags().StringVar(&workload, "work", "", "the workload")
	return cmd
}

// forwarders describes the two reference relays.
func forwarders(self string) []*relay.Description {
	command := []string{self, "forwarder", "--work", "{work}", "--port", "{port}", "--redis-port", "{redis-port}"}
	plain := &relay.Description{Name: "forwarder", About: "coder/websocket and go-redis in one process", Command: command,
		Workloads: map[string]relay.Setup{}}
	for _, w := range work.All {
		plain.Workloads[w.Base()] = relay.Setup{}
	}
	gathered := &relay.Description{Name: "gathered", About: "the same; frames encoded once, written together",
		Command: append(command, "--gathered"), Workloads: map[string]relay.Setup{"w2": {}, "w2-stream": {}, "w3": {}, "w5": {}}}
	return []*relay.Description{plain, gathered}
}
