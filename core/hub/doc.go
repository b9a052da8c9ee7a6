// Package hub makes a running relay of a configuration: it starts the plugins, has everything validated, wires host,
// router and delivery together, and takes all of it back in reverse order. A program that embeds it calls plugins.Main
// as the first line of its main, then
//
//	cfg, problems := config.Load(path, nil)
//	...
//	h, err := hub.New(cfg, hub.Options{Log: slog.Default()})
//	...
//	err = h.Run(ctx)
//
// and, to change the configuration while it runs,
//
//	done, err := h.Adopt(ctx, next, false)
package hub
