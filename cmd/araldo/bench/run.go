package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/routes"
)

// warmTime is how long the relay runs before it is measured, at most a quarter of the duration; progressEvery is how often
// Progress is called.
const (
	warmTime      = time.Second
	progressEvery = 250 * time.Millisecond
)

// Run checks cfg as it stands, then runs one of its routes under load and returns what was measured when all messages have
// come to the route's end. Problems of the configuration are core.Problems. When ctx ends, the run does, with ctx's error.
// It blocks for the duration, for what starting takes, and for the drain.
func Run(ctx context.Context, cfg *config.Config, options Options) (Result, error) {
	checked, err := hub.New(cfg, hub.Options{Log: options.Log, Version: options.Version})
	if err != nil {
		return Result{}, err
	}
	problems, err := checked.Check(ctx)
	if problems.Failed() {
		return Result{}, problems
	}
	if err != nil {
		return Result{}, err
	}
	dir, err := os.MkdirTemp("", "araldo-bench")
	if err != nil {
		return Result{}, err
	}
	s := &stage{options: options, dir: dir, promises: checked.Promises()}
	result, err := s.run(ctx, cfg)
	return result, errors.Join(err, os.RemoveAll(dir))
}

// find sets the route and the target.
func (s *stage) find(list []routes.Route) {
	for i := range list {
		if list[i].Inbound == s.options.Inbound {
			s.route = &list[i]
		}
	}
	for _, o := range s.route.Outlets {
		if o.Name == s.options.Outlet {
			s.target = o.To
		}
	}
}

func (s *stage) run(ctx context.Context, cfg *config.Config) (Result, error) {
	s.find(cfg.Routes)
	rehearsal, err := s.configuration(cfg)
	if err != nil {
		return Result{}, err
	}
	ready := make(chan struct{})
	h, err := hub.New(rehearsal, hub.Options{Log: s.options.Log, Version: s.options.Version, Ready: func() { close(ready) }})
	if err != nil {
		return Result{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	select {
	case <-ready:
	case err := <-ended:
		return Result{}, early(ctx, err)
	}
	begin, end, err := s.measure(ctx, h, ended)
	if err != nil {
		return Result{}, err
	}
	if err := s.calm(ctx, h); err != nil {
		return Result{}, err
	}
	h.Stop()
	if err := <-ended; err != nil {
		return Result{}, err
	}
	return s.result(begin, end, h.Status(ctx)), early(ctx, nil)
}

// early is the error of a run that ended before its time, or of its context.
func early(ctx context.Context, err error) error {
	var problems core.Problems
	if errors.As(err, &problems) {
		// The configuration itself was found right: what is wrong is the mocks' place in it.
		return fmt.Errorf("the route does not run with mocks at its ends: %s", problems.Error())
	}
	if err == nil {
		return ctx.Err()
	}
	return err
}

var errEnded = errors.New("the hub ended by itself")

// measure takes a sample when the relay is warm and one when the duration is over.
func (s *stage) measure(ctx context.Context, h *hub.Hub, ended <-chan error) (begin, end sample, err error) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	over := time.After(min(warmTime, s.options.Duration/4))
	before := s.look(h.Status(ctx))
	for {
		select {
		case <-over:
			if !begin.at.IsZero() {
				return begin, s.look(h.Status(ctx)), nil
			}
			begin = s.look(h.Status(ctx))
			over = time.After(s.options.Duration)
		case <-ticker.C:
			before = s.tell(h.Status(ctx), before, begin)
		case err := <-ended:
			if ctx.Err() == nil {
				err = errors.Join(errEnded, err)
			}
			return begin, end, early(ctx, err)
		}
	}
}

// The pauses and the longest time of calm.
const (
	calmEvery = 50 * time.Millisecond
	calmTime  = 10 * time.Second
)

// calm ends the load and waits until the route is empty, so that its loss is not mixed up with that of a shutdown. A source
// that messages go to as well can't be switched off, and is left to the shutdown.
func (s *stage) calm(ctx context.Context, h *hub.Hub) error {
	if reached := func(o routes.Outlet) bool { return o.To == s.options.Inbound }; slices.ContainsFunc(s.route.Outlets, reached) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, calmTime)
	defer cancel()
	if err := h.SetEnabled(ctx, s.options.Inbound, false); err != nil {
		return err
	}
	ticker := time.NewTicker(calmEvery)
	defer ticker.Stop()
	for before := uint64(0); ; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil // what is left is told by the account
		}
		now := s.look(h.Status(ctx)).account
		if now.In == before && now.Queued+now.InFlight == 0 {
			return nil
		}
		before = now.In
	}
}

// tell calls Progress and returns what it looked at.
func (s *stage) tell(status control.Status, before, begin sample) sample {
	if s.options.Progress == nil {
		return before
	}
	now := s.look(status)
	if begin.at.IsZero() {
		begin = now
	}
	s.options.Progress(now.progress(before, begin))
	return now
}
