// Command araldo runs a message relay hub and speaks to one that runs.
package main

import (
	"os"

	"github.com/araldo-relay/araldo/plugins"
)

func main() {
	plugins.Main()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}
