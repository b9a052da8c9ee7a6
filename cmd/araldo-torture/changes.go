package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
)

// reload changes the mirror in the configuration and has the hub take it over, as an operator does.
func (r *run) reload(ctx context.Context, _ fault) (wound, error) {
	r.reloads++
	r.ledger.Watch()
	r.settings.Variant = variants[r.reloads%len(variants)]
	if err := writeConfiguration(r.dir, r.settings); err != nil {
		return wound{}, err
	}
	out, err := exec.CommandContext(ctx, r.hub.program, "reload", "-c", r.hub.config).CombinedOutput()
	if err != nil {
		return wound{}, fmt.Errorf("araldo reload: %w: %s", err, out)
	}
	return wound{over: time.Now(), hurt: func(ctx context.Context) (string, error) {
		if longest := max(r.ledger.Pause(ledger.Archive), r.ledger.Pause(ledger.Browser)); longest > standstill {
			r.complain("a reload of the mirror held others up for %v", longest)
		}
		return r.reloaded(ctx)
	}}, nil
}

// standstill is how long a reload may hold up whom it does not concern: as long as a busy machine may.
const standstill = time.Second

// reloaded tells what the mirror has become. An error says that the hub has not taken it over.
func (r *run) reloaded(ctx context.Context) (string, error) {
	status, err := r.hub.status(ctx)
	if err != nil {
		return "", err
	}
	want, queue := r.settings.Variant, 0
	for _, route := range status.Routes {
		for _, o := range route.Outlets {
			if o.To == mirror {
				queue = o.Queue.Messages
			}
		}
	}
	if want.Routed != (queue > 0) || want.Routed && queue != want.Queue {
		return "", fmt.Errorf("the mirror should have become %+v, its queue takes %d", want, queue)
	}
	return fmt.Sprintf("the mirror became %+v", want), nil
}

// restartPlugin has the hub drain a plugin's process and put another one in its place, as after an upgrade.
func (r *run) restartPlugin(ctx context.Context, f fault) (wound, error) {
	before, err := r.plugin(ctx, f.target)
	if err != nil {
		return wound{}, err
	}
	w := wound{over: time.Now()}
	if err := r.hub.restartPlugin(ctx, before.Name); err != nil {
		return w, err
	}
	after, err := r.plugin(ctx, f.target)
	if err != nil {
		return w, err
	}
	w.hurt = func(context.Context) (string, error) {
		if after.PID == before.PID {
			return "", fmt.Errorf("process %d is still there", before.PID)
		}
		return fmt.Sprintf("process %d took over from %d", after.PID, before.PID), nil
	}
	return w, nil
}
