// Command embed is a program of somebody else's that runs a hub inside itself.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/plugins"
)

func main() {
	if os.Getenv("FORGET_MAIN") == "" {
		plugins.Main()
	}
	cfg, problems := config.Load(os.Args[1], nil)
	if problems.Failed() {
		fmt.Println(problems)
		os.Exit(2)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h, err := hub.New(cfg, hub.Options{Ready: func() { fmt.Println("ready"); cancel() }})
	if err == nil {
		err = h.Run(ctx)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("drained")
}
