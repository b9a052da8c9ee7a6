package hub

import (
	"context"
	"errors"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/routes"
)

// Check does all that Run does before it opens anything, and undoes it: no file is made in the data directory, no port
// is opened. problems are what the plugins and the routes had to say; err is what kept them from saying it, such as the
// end of ctx.
func (h *Hub) Check(ctx context.Context) (problems core.Problems, err error) {
	ctx, cancel := h.untilEnd(ctx)
	defer cancel()
	dir, err := makeRuntimeDir()
	if err != nil {
		return nil, err
	}
	defer func() { err = maskError(errors.Join(err, removeRuntimeDir(dir)), h.mask) }()
	crew, err := h.muster(ctx, dir, identity{incarnation: noIncarnations})
	defer func() {
		bound, cancel := h.untilDrained()
		defer cancel()
		crew.stop(bound)
	}()
	if err == nil {
		problems = crew.validate(ctx)
		h.promise(crew.ends)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return maskProblems(problems, h.mask), err
}

// Promises is what each outlet gives and why, in the order of the file, as Check found it.
func (h *Hub) Promises() []routes.Served { return *h.promises.Load() }

// noIncarnations is for a host that opens nothing.
func noIncarnations(string) (uint64, error) { return 0, nil }
