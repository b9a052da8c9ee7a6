package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/araldo-relay/araldo/core"
)

// masked is a log handler that leaves out what the configuration knows to be secret: a plugin or a library may put a
// password into any text.
type masked struct {
	slog.Handler
	mask func(string) string
}

// Handle implements slog.Handler.
func (h masked) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, h.mask(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (h masked) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return masked{h.Handler.WithAttrs(clean), h.mask}
}

// WithGroup implements slog.Handler.
func (h masked) WithGroup(name string) slog.Handler { return masked{h.Handler.WithGroup(name), h.mask} }

// maskError returns err with a text that has no secrets. Problems stay Problems.
func maskError(err error, mask func(string) string) error {
	var problems core.Problems
	switch {
	case err == nil:
		return nil
	case errors.As(err, &problems):
		return maskProblems(problems, mask)
	}
	if text := mask(err.Error()); text != err.Error() {
		return &maskedError{err, text}
	}
	return err
}

func maskProblems(problems core.Problems, mask func(string) string) core.Problems {
	clean := slices.Clone(problems)
	for i := range clean {
		clean[i].Summary, clean[i].Detail = mask(clean[i].Summary), mask(clean[i].Detail)
	}
	return clean
}

// maskedError is an error with another text.
type maskedError struct {
	error
	text string
}

func (e *maskedError) Error() string { return e.text }

// Unwrap returns the error as it was, for its type.
func (e *maskedError) Unwrap() error { return e.error }

func (h masked) attr(a slog.Attr) slog.Attr {
	switch value := a.Value.Resolve(); value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, h.mask(value.String()))
	case slog.KindAny:
		return slog.String(a.Key, h.mask(fmt.Sprint(value.Any())))
	case slog.KindGroup:
		members := value.Group()
		clean := make([]slog.Attr, len(members))
		for i, m := range members {
			clean[i] = h.attr(m)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	default:
		return a
	}
}
