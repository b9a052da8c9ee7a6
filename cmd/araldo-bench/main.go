// Command araldo-bench measures relays: araldo, a forwarder written by hand, and peers, in one run on one machine.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:           "araldo-bench",
		Short:         "Measure relays: rate, CPU, memory, loss, order and latency",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(runCommand(), growCommand(), restCommand(), forwarderCommand(), listCommand())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "araldo-bench:", err)
		os.Exit(1)
	}
}
