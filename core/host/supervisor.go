package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// supervise watches process after process until Stop. While the plugin is given up, it waits for a successor.
func (p *Plugin) supervise(proc *process) {
	defer close(p.ended)
	policy := newRestarts(p.restartPolicy(), p.host.limits.healthy)
	for {
		since := time.Now()
		var died <-chan struct{}
		if proc != nil {
			died = proc.ctx.Done()
		}
		select {
		case <-p.stopping.Done():
			return
		case s := <-p.successors:
			proc = p.succeed(proc, s)
			policy = newRestarts(p.restartPolicy(), p.host.limits.healthy)
		case <-died:
			cause := errors.New(proc.child.cause())
			p.lost(cause)
			proc = p.restart(policy, time.Since(since), cause)
		}
	}
}

// lost tells the endpoints that their process is gone, and waits until each has told its lanes.
func (p *Plugin) lost(cause error) {
	p.setState(core.StateBackoff, cause)
	p.mu.Lock()
	p.process = nil
	endpoints := p.endpoints
	p.mu.Unlock()
	for _, e := range endpoints {
		e.detached()
		e.status.lost(cause)
	}
}

// still tells the endpoints why their process is not back.
func (p *Plugin) still(cause error) {
	p.mu.Lock()
	endpoints := p.endpoints
	p.mu.Unlock()
	for _, e := range endpoints {
		e.status.lost(cause)
	}
}

// restart starts the plugin again, as often as its policy allows; nil when it was given up or stopped.
func (p *Plugin) restart(policy *restarts, ran time.Duration, cause error) *process {
	for p.stopping.Err() == nil {
		policy.follow(p.restartPolicy())
		pause, again := policy.next(time.Now(), ran)
		if !again {
			p.giveUp(fmt.Errorf("it ended %d times within %v, the last time because %w", policy.policy.Limit+1,
				policy.policy.Window, cause))
			return nil
		}
		p.setState(core.StateBackoff, cause)
		p.journal.note(slog.LevelWarn, "plugin ended and is started again", slog.String("cause", cause.Error()),
			slog.Duration("pause", pause))
		if !sleep(p.stopping, pause) {
			return nil
		}
		p.setState(core.StateStarting, nil)
		proc, info, err := p.startAgain()
		if err == nil {
			p.found(proc, info.Version, &p.status.Restarts)
			return proc
		}
		ran, cause = 0, err
		p.still(cause)
	}
	return nil
}

func (p *Plugin) startAgain() (*process, core.PluginInfo, error) {
	proc, info, err := p.host.startProcess(p.stopping, p.spec, p.journal)
	if err != nil {
		return nil, info, err
	}
	err = p.sameOffer(info)
	if err == nil && p.Outdated() {
		err = p.sameInstances(proc, info)
	}
	if err != nil {
		proc.child.kill("it changed what it offers")
		<-proc.ctx.Done()
		return nil, info, err
	}
	return proc, info, nil
}

// sameOffer refuses a plugin that came back as something else: routes were checked against what it was.
func (p *Plugin) sameOffer(now core.PluginInfo) error {
	if now.Name != p.info.Name {
		return fmt.Errorf("plugin %s came back as %s: restart the hub to take it", p.info.Name, now.Name)
	}
	offers := make(map[string]core.TypeInfo)
	for _, t := range now.Types {
		offers[t.ID] = t
	}
	for _, was := range p.info.Types {
		is, found := offers[was.ID]
		switch {
		case !found:
			return fmt.Errorf("it no longer offers %s: restart the hub to take it", was.ID)
		case is.Kind != was.Kind:
			return fmt.Errorf("%s was for a %v and is for a %v: restart the hub to take it", was.ID, was.Kind, is.Kind)
		}
		if difference := was.Capabilities.Difference(is.Capabilities); difference != "" {
			return fmt.Errorf("it changed what %s can do (%s): restart the hub to take it", was.ID, difference)
		}
	}
	return nil
}

// sameInstances refuses a program whose file was replaced, and that started because the one before ended, if instances that
// are to be open can do anything else with it.
func (p *Plugin) sameInstances(proc *process, info core.PluginInfo) error {
	asked := &Successor{plugin: p, process: proc, info: info, assessed: map[string]core.Capabilities{}}
	p.mu.Lock()
	endpoints := p.endpoints
	p.mu.Unlock()
	for _, e := range endpoints {
		was := p.capabilities(e.instance)
		now, err := asked.Validate(p.stopping, e.instance)
		if err != nil {
			return err
		}
		if difference := was.Difference(now.Capabilities); difference != "" {
			return fmt.Errorf("it changed what %s can do (%s): restart the hub to take it", e.instance.Name, difference)
		}
	}
	return nil
}

// found hands a new process to the endpoints that are to be open, and counts it.
func (p *Plugin) found(proc *process, version string, count *int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.process, p.stamp = proc, proc.stamp
	p.status.State, p.status.Since, p.status.Version = core.StateReady, time.Now(), version
	p.status.Isolation = proc.isolation
	*count++
	for _, e := range p.endpoints {
		e.attach(proc, false)
	}
}

func (p *Plugin) giveUp(cause error) {
	p.setState(core.StateFailed, cause)
	p.mu.Lock()
	p.failure = cause
	endpoints := p.endpoints
	p.mu.Unlock()
	for _, e := range endpoints {
		e.status.failed(cause)
	}
	p.journal.log.LogAttrs(context.Background(), slog.LevelError, "plugin is given up", slog.String("cause", cause.Error()))
	if p.host.options.OnFailed != nil {
		p.host.options.OnFailed(p.spec.Name, &Error{Plugin: p.spec.Name, Kind: ErrorFailed, Err: cause})
	}
}
