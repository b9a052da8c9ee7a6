package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
	"github.com/araldo-relay/araldo/core/control"
)

// readyTime bounds how long a plugin may take to be back.
const readyTime = 30 * time.Second

// wound is what a fault has done. A fault returns when it is over, or, where nothing lasts, when it has struck.
type wound struct {
	// over is from when on recovery counts.
	over time.Time
	// hurt says how the fault showed; an error says that it did not, so that it proves nothing.
	hurt func(context.Context) (string, error)
	// ready is how long a killed plugin took until its endpoints were ready again, 0 where nothing was killed.
	ready time.Duration
}

// kinds are what can go wrong.
func (r *run) kinds() map[string]func(context.Context, fault) (wound, error) {
	return map[string]func(context.Context, fault) (wound, error){
		"kill-plugin": r.killPlugin, "kill-hub": r.killHub, "hang-plugin": r.hangPlugin,
		"kill-redis": r.killRedis, "pause-redis": r.pauseRedis,
		"black-hole": r.blackHole, "reset": r.reset, "latency": r.latency, "cut": r.cut,
		"disable": r.disable, "no-descriptors": r.exhaustDescriptors, "stuck-reader": r.stuckReader,
		"clock-jump": r.jumpClock, "dead-consumer": r.deadConsumer,
		"reload": r.reload, "restart-plugin": r.restartPlugin,
	}
}

// plugin finds the plugin that serves an endpoint.
func (r *run) plugin(ctx context.Context, endpoint string) (control.Plugin, error) {
	status, err := r.hub.status(ctx)
	if err != nil {
		return control.Plugin{}, err
	}
	for _, e := range status.Endpoints {
		for _, p := range status.Plugins {
			if e.Name == endpoint && e.Plugin == p.Name && p.PID != 0 {
				return p, nil
			}
		}
	}
	return control.Plugin{}, fmt.Errorf("%s has no plugin process", endpoint)
}

// killPlugin kills the process of an endpoint and waits until another one serves it.
func (r *run) killPlugin(ctx context.Context, f fault) (wound, error) {
	before, err := r.plugin(ctx, f.target)
	if err != nil {
		return wound{}, err
	}
	w := wound{over: time.Now()}
	if err := signalTo(before.PID, syscall.SIGKILL); err != nil {
		return w, err
	}
	if err := r.replaced(ctx, before); err != nil {
		return w, fmt.Errorf("%s is not back: %w", f.target, err)
	}
	w.ready = time.Since(w.over)
	w.hurt = func(context.Context) (string, error) {
		return fmt.Sprintf("process %d died, ready after %v", before.PID, w.ready.Round(time.Millisecond)), nil
	}
	return w, nil
}

// replaced waits until a plugin has another process than before, counted as a restart, and its endpoints are ready.
func (r *run) replaced(ctx context.Context, before control.Plugin) error {
	return until(ctx, readyTime, func() bool {
		status, err := r.hub.status(ctx)
		return err == nil && restarted(status, before) && ready(status, before.Name)
	})
}

func restarted(status control.Status, before control.Plugin) bool {
	for _, p := range status.Plugins {
		if p.Name == before.Name {
			return p.PID != 0 && p.PID != before.PID && p.Restarts > before.Restarts
		}
	}
	return false
}

// ready reports whether all endpoints of a plugin are.
func ready(status control.Status, plugin string) bool {
	for _, e := range status.Endpoints {
		if e.Plugin == plugin && e.State != "ready" {
			return false
		}
	}
	return true
}

// goneTime is how long plugins may outlive a killed hub. A program with the race detector waits a second before it ends.
func (r *run) goneTime() time.Duration {
	if r.race {
		return 3 * time.Second
	}
	return 2 * time.Second
}

// killHub kills the hub, waits until its plugins are gone, and starts it again.
func (r *run) killHub(ctx context.Context, _ fault) (wound, error) {
	status, err := r.hub.status(ctx)
	if err != nil {
		return wound{}, err
	}
	w := wound{over: time.Now()}
	if err := r.hub.kill(); err != nil {
		return w, err
	}
	orphans := tree(status)
	err = until(ctx, r.goneTime(), func() bool {
		for len(orphans) > 0 && !alive(orphans[0]) {
			orphans = orphans[1:]
		}
		return len(orphans) == 0
	})
	if errors.Is(err, errLate) {
		r.complain("plugins outlived their killed hub by %v: %v", r.goneTime(), orphans)
	}
	gone := time.Since(w.over)
	if err := r.hub.start(ctx); err != nil {
		return w, err
	}
	w.hurt = func(context.Context) (string, error) {
		return fmt.Sprintf("hub %d died, its plugins within %v; now %d", status.PID, gone.Round(time.Millisecond), r.hub.pid()), nil
	}
	return w, nil
}

// hangPlugin stops the process of an endpoint and lets it go on.
func (r *run) hangPlugin(ctx context.Context, f fault) (wound, error) {
	before, err := r.plugin(ctx, f.target)
	if err != nil {
		return wound{}, err
	}
	r.ledger.Watch()
	if err := signalTo(before.PID, syscall.SIGSTOP); err != nil {
		return wound{}, err
	}
	pause(ctx, f.lasts)
	// The hub may have ended it meanwhile, which is right.
	err = signalTo(before.PID, syscall.SIGCONT)
	if errors.Is(err, syscall.ESRCH) {
		err = r.replaced(ctx, before)
	}
	return r.stalled(f), err
}

// stalled is a wound that shows as a pause of arrivals of at least half of what the fault lasted.
func (r *run) stalled(f fault) wound {
	at := ledger.Archive
	if f.target == browsers {
		at = ledger.Browser
	}
	longest := r.ledger.Pause(at)
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		if longest < f.lasts/2 {
			return "", fmt.Errorf("the %s went on: its longest pause was %v", at, longest.Round(time.Millisecond))
		}
		return fmt.Sprintf("nothing came to the %s for %v", at, longest.Round(time.Millisecond)), nil
	}}
}

// disable switches an endpoint off and on.
func (r *run) disable(ctx context.Context, f fault) (wound, error) {
	r.ledger.Watch()
	if err := r.hub.setEnabled(ctx, f.target, false); err != nil {
		return wound{}, err
	}
	pause(ctx, f.lasts)
	w := r.stalled(f)
	err := r.hub.setEnabled(ctx, f.target, true)
	w.over = time.Now()
	return w, err
}
