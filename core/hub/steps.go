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
	undo func(context.Context) error
}

func (s *steps) add(name string, undo func(context.Context) error) {
	s.log.Debug("up", "step", name)
	s.list = append(s.list, step{name, undo})
}

// all undoes every step; together they are bounded by ctx.
func (s *steps) all(ctx context.Context) {
	for i := len(s.list) - 1; i >= 0; i-- {
		if err := s.list[i].undo(ctx); err != nil {
			s.log.Warn("left in disorder", "step", s.list[i].name, "error", err)
		}
		s.log.Debug("down", "step", s.list[i].name)
	}
}
