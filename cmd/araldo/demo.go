package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/core/tuning"
)

// The ports that the demo asks for; where one is taken, the next free one is.
const (
	demoWebPort   = 54321
	demoRedisPort = 6399
)

func newDemo() *cobra.Command {
	command := &cobra.Command{
		Use:   "demo",
		Short: "Show a hub with browsers and a built-in Redis, with nothing to install",
		Long: "Run a hub with a page for browsers and a built-in Redis until Ctrl-C, on this machine only. It needs no\n" +
			"configuration and no service, and leaves nothing behind.",
		Args: noArguments,
		RunE: runDemo,
	}
	command.Flags().Int("port", demoWebPort, "`PORT` of the page; the next free one if it is taken")
	command.Flags().Int("redis-port", demoRedisPort, "`PORT` of the built-in Redis; the next free one if it is taken")
	return command
}

func runDemo(command *cobra.Command, _ []string) (err error) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	web, _ := command.Flags().GetInt("port")
	redis, _ := command.Flags().GetInt("redis-port")
	ports, err := freePorts(web, redis)
	if err != nil {
		return err
	}
	d, err := newDemonstration(ports[0], ports[1])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.remove()) }()
	cfg, err := d.load()
	if err != nil {
		return err
	}
	tuning.ScaleProcessors()
	h, err := hub.New(cfg, hub.Options{
		Log:     newLog(command.ErrOrStderr(), formatText, logLevels[cfg.Global.LogLevel]),
		Version: programVersion(),
		Ready:   func() { d.greet(command.OutOrStdout()) },
	})
	if err != nil {
		return err
	}
	s := session{engine: h, signals: signals, out: command.OutOrStdout(), errOut: command.ErrOrStderr()}
	return s.run()
}

// load reads the demo's configuration. What the environment says of other hubs does not hold for this one.
func (d *demonstration) load() (*config.Config, error) {
	flags := pflag.NewFlagSet("demo", pflag.ContinueOnError)
	config.AddFlags(flags)
	for name, value := range map[string]string{
		"server-port": fmt.Sprint(d.web), "bind": "127.0.0.1", "data-dir": d.data(), "log-level": "error",
	} {
		if err := flags.Set(name, value); err != nil {
			return nil, err
		}
	}
	cfg, problems := config.Load(d.config(), flags)
	if problems.Failed() {
		return nil, problems
	}
	return cfg, nil
}
