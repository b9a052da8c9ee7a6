package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"
)

// reload changes the mirror in the configuration and has the hub take it over, as an operator does.
func (r *run) reload(ctx context.Context, _ fault) (wound, error) {
	r.reloads++
	r.settings.Variant = variants[r.reloads%len(variants)]
	if err := writeConfiguration(r.dir, r.settings); err != nil {
		return wound{}, err
	}
	out, err := exec.CommandContext(ctx, r.hub.program, "reload", "-c", r.hub.config).CombinedOutput()
	if err != nil {
		return wound{}, fmt.Errorf("araldo reload: %w: %s", err, out)
	}
	return wound{over: time.Now(), hurt: func(context.Context) (string, error) {
		return fmt.Sprintf("the mirror became %+v", r.settings.Variant), nil
	}}, nil
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
