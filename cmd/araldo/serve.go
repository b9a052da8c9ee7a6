package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo/notify"
	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/core/tuning"
)

func newServe() *cobra.Command {
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run the hub until SIGINT or SIGTERM",
		Long: "Run the hub until SIGINT or SIGTERM, which let it drain and end; a second signal ends it at once. SIGHUP is\n" +
			"`araldo reload`. A service manager that sets NOTIFY_SOCKET, such as systemd, is told when the hub is ready,\n" +
			"reloads and drains, and its watchdog hears from it while the hub's parts answer.\n\n" +
			"A flag goes before the environment (ARALDO_LOG_LEVEL and so on), which goes before the configuration.",
		Args: noArguments,
		RunE: serve,
	}
	addConfigFlag(command)
	config.AddFlags(command.Flags())
	command.Flags().String("log-format", formatText, "`FORMAT` of the log on standard error: text or json")
	command.Flags().Bool("watch", false, "reload when the configuration's file changes, or one that it takes values from")
	return command
}

func serve(command *cobra.Command, _ []string) error {
	format, _ := command.Flags().GetString("log-format")
	if err := oneOf("log-format", format, formatText, formatJSON); err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	cfg, problems, err := load(command)
	if err != nil {
		return err
	}
	sources := &sources{path: cfg.Path, flags: command.Flags()}
	sources.took(cfg)
	var level slog.LevelVar
	level.Set(logLevels[cfg.Global.LogLevel])
	log := newLog(command.ErrOrStderr(), format, &level)
	tuning.ScaleProcessors()
	manager, err := notify.FromEnvironment(log)
	if err != nil {
		log.Warn("no service manager is told how it goes", "cause", err)
	}
	defer manager.Close()
	ready := make(chan struct{})
	h, err := hub.New(cfg, hub.Options{
		Log:      log,
		Version:  programVersion(),
		Load:     sources.load,
		Told:     problems,
		LogLevel: func(name string) { level.Set(logLevels[name]) },
		// By the hub's own goroutine, so that the manager hears things in the order of their happening.
		Ready:     func() { manager.Ready(); close(ready) },
		Reloading: func() func() { manager.Reloading(); return manager.Ready },
		Draining:  manager.Stopping,
	})
	if err != nil {
		return err
	}
	if problems.Failed() {
		// The plugins may know of more that is wrong, and all of it is to be told at once.
		found, err := h.Check(command.Context())
		return errors.Join(merged(problems, found), err)
	}
	printProblems(command.ErrOrStderr(), problems)
	s := session{engine: h, ready: ready, signals: signals, out: command.OutOrStdout(), errOut: command.ErrOrStderr(),
		manager: manager, alive: func() { h.Readiness() }}
	s.follow = append(s.follow, reloadAt(hangups, h, log))
	if watch, _ := command.Flags().GetBool("watch"); watch {
		s.follow = append(s.follow, sources.follow(h, log))
	}
	return s.run()
}

// load reads the configuration that the command line means. The problems may be errors; they are the error itself only
// where there is no Config to go on with.
func load(command *cobra.Command) (*config.Config, core.Problems, error) {
	path := configPath(command)
	if path == "" {
		command.SetOut(command.ErrOrStderr())
		return nil, nil, errors.Join(command.Help(), &usageError{
			text: fmt.Sprintf("no configuration: there is no %s here", defaultConfig),
			hint: "name one with -c FILE",
		})
	}
	cfg, problems := config.Load(path, command.Flags())
	if cfg == nil {
		return nil, nil, problems
	}
	if _, err := control.SocketPath(cfg.Global.DataDir); err != nil {
		problems.Errorf(core.Position{File: path}, "", "%v", err)
	}
	return cfg, problems, nil
}

// merged is what Load and the hub found, in the order of the file.
func merged(loaded, found core.Problems) core.Problems {
	all := append(loaded, found...)
	config.Sort(all)
	return all
}
