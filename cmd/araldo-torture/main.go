// Command araldo-torture runs a real hub with real plugins and a real redis-server under load, does to them what goes
// wrong in the world, and reports whether every promise was kept. It exits 0 only if it was.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := torture(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// torture returns the exit code: 0 if all held, 1 if not or if it could not be found out, 2 for a wrong command line.
func torture(ctx context.Context, arguments []string, out, errOut io.Writer) int {
	o, err := parse(arguments, errOut)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(errOut, "araldo-torture:", err)
		return 2
	}
	r, err := perform(ctx, o, errOut)
	if err != nil {
		fmt.Fprintln(errOut, "araldo-torture:", err)
		return 1
	}
	if err := r.write(out, o.format); err != nil {
		fmt.Fprintln(errOut, "araldo-torture:", err)
		return 1
	}
	if !r.Held {
		return 1
	}
	return 0
}
