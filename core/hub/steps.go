package hub

import (
	"context"
	"log/slog"
)

// steps are what was done on the way up, to be undone in reverse order.
type steps struct {
	log  *slog.Logger
	list []step
}

type step struct {
	name string
	undo func(context.Context)
}

func (s *steps) add(name string, undo func(context.Context)) {
	s.log.Debug("up", "step", name)
	s.list = append(s.list, step{name, undo})
}

// all undoes every step; together they are bounded by ctx.
func (s *steps) all(ctx context.Context) {
	for i := len(s.list) - 1; i >= 0; i-- {
		s.list[i].undo(ctx)
		s.log.Debug("down", "step", s.list[i].name)
	}
}
