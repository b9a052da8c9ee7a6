package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"

	"github.com/spf13/pflag"

	"github.com/araldo-relay/araldo/config"
	fileswatch "github.com/araldo-relay/araldo/config/watch"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

// sources reads a hub's configuration as often as that is wanted, and knows which files it was made of last. Its methods
// may be called by several goroutines.
type sources struct {
	path  string
	flags *pflag.FlagSet

	mu    sync.Mutex
	files []string
}

// took remembers what a configuration was made of; one that could not be read at all is made of what it was before.
func (s *sources) took(cfg *config.Config) {
	if cfg == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = cfg.Files()
}

func (s *sources) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.files)
}

// load reads the configuration again, as hub.Options.Load does. It does not wait for somebody to write into a pipe.
func (s *sources) load() (*config.Config, core.Problems) {
	if info, err := os.Stat(s.path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, core.Problems{{Severity: core.SeverityError, Position: core.Position{File: s.path},
			Summary: "can't be read again", Detail: "it is no plain file"}}
	}
	cfg, problems := config.Load(s.path, s.flags)
	s.took(cfg)
	return cfg, problems
}

// reloader is a hub that takes its configuration anew, and tells the log what becomes of that.
type reloader interface {
	Reload(ctx context.Context, dryRun bool) (control.Reload, error)
}

// reloadAt returns what has a hub reload at each hangup, until its context ends.
func reloadAt(hangups <-chan os.Signal, hub reloader, log *slog.Logger) func(context.Context) {
	return func(ctx context.Context) {
		for {
			select {
			case <-ctx.Done():
				return
			case signal := <-hangups:
				log.Info("reloading", "signal", signal.String())
			}
			if _, err := hub.Reload(ctx, false); err != nil && ctx.Err() == nil {
				log.Error("the configuration was not reloaded", "cause", err)
			}
		}
	}
}

// follow returns what has a hub reload whenever one of the files holds something else than now, until its context ends.
func (s *sources) follow(hub reloader, log *slog.Logger) func(context.Context) {
	watcher := fileswatch.New(log, s.list()...)
	return func(ctx context.Context) {
		watcher.Run(ctx, func(ctx context.Context) []string {
			if _, err := hub.Reload(ctx, false); err != nil && ctx.Err() == nil {
				log.Error("a changed file was not reloaded", "cause", err)
			}
			return s.list()
		})
	}
}
