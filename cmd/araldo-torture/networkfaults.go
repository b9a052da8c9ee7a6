package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/faultproxy"
	"github.com/araldo-relay/araldo/core/control"
)

// delay is how much later everything comes while latency is the fault.
const delay = 150 * time.Millisecond

// killRedis kills the server and starts it again later. What it had answered is in its file.
func (r *run) killRedis(ctx context.Context, f fault) (wound, error) {
	r.ledger.Watch()
	r.redis.kill()
	pause(ctx, f.lasts)
	w := r.stalled(f)
	err := r.redis.start(ctx)
	w.over = time.Now()
	return w, err
}

// pauseRedis stops the server's process and lets it go on.
func (r *run) pauseRedis(ctx context.Context, f fault) (wound, error) {
	r.ledger.Watch()
	if err := r.redis.process.Process.Signal(syscall.SIGSTOP); err != nil {
		return wound{}, err
	}
	pause(ctx, f.lasts)
	w := r.stalled(f)
	return w, r.redis.process.Process.Signal(syscall.SIGCONT)
}

// blackHole holds back all that passes a link. Half of the holes end as a network does that comes back, the others as
// one whose routers have forgotten the connections.
func (r *run) blackHole(ctx context.Context, f fault) (wound, error) {
	link := r.links[f.target]
	before := link.Counts()
	r.ledger.Watch()
	link.Set(faultproxy.Weather{Hole: true})
	began := time.Now()
	r.noticed(ctx, f)
	pause(ctx, f.lasts-time.Since(began))
	w := r.stalled(f)
	if f.lasts.Milliseconds()%2 == 0 {
		link.Reset()
	}
	link.Set(faultproxy.Weather{})
	if f.target != mirror {
		return w, nil
	}
	// Nobody but the mirror waits for the mirror.
	w.hurt = func(context.Context) (string, error) {
		if !r.settings.Variant.Routed {
			return "nothing was on its way to the mirror", nil
		}
		held := link.Counts().Held - before.Held
		if held == 0 {
			return "", errors.New("nothing was held back")
		}
		if longest := r.ledger.Pause(0); longest > f.lasts {
			return "", fmt.Errorf("the archive stood still for %v", longest)
		}
		return fmt.Sprintf("%d bytes were held back", held), nil
	}
	return w, nil
}

// noticeTime is how long a black hole may pass for silence.
const noticeTime = 30 * time.Second

// noticed waits until the hub says that an endpoint is out of reach, where the hole lasts long enough to ask that.
func (r *run) noticed(ctx context.Context, f fault) {
	if f.lasts < noticeTime {
		return
	}
	err := until(ctx, noticeTime, func() bool {
		status, err := r.hub.status(ctx)
		if err != nil {
			return false
		}
		return slices.ContainsFunc(status.Endpoints, func(e control.Endpoint) bool { return e.Name == f.target && e.State != "ready" })
	})
	if errors.Is(err, errLate) {
		r.complain("%s is in a black hole for %v and still ready", f.target, noticeTime)
	}
}

// reset ends all connections of a link.
func (r *run) reset(_ context.Context, f fault) (wound, error) {
	n := r.links[f.target].Reset()
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		if n == 0 {
			return "", errors.New("there was no connection to reset")
		}
		return fmt.Sprintf("%d connections were reset", n), nil
	}}, nil
}

// latency makes all that passes a link later.
func (r *run) latency(ctx context.Context, f fault) (wound, error) {
	link := r.links[f.target]
	before := link.Counts()
	link.Set(faultproxy.Weather{Delay: delay})
	pause(ctx, f.lasts)
	link.Set(faultproxy.Weather{})
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		late := link.Counts().Delayed - before.Delayed
		if late == 0 {
			return "", errors.New("nothing was delayed")
		}
		return fmt.Sprintf("%d bytes came %v late", late, delay), nil
	}}, nil
}

// cut ends a connection in the middle of a message: of what goes to the archive, of what comes from the source.
func (r *run) cut(ctx context.Context, f fault) (wound, error) {
	link := r.links[f.target]
	before := link.Counts().Cut
	direction := faultproxy.ToServer
	if f.target == source {
		direction = faultproxy.ToClient
	}
	link.Cut(direction)
	err := until(ctx, readyTime, func() bool { return link.Counts().Cut > before })
	if err != nil {
		return wound{}, fmt.Errorf("no message came that could be cut: %w", err)
	}
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		return "a connection ended in the middle of a message", nil
	}}, nil
}
