package hub

import (
	"errors"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// note tells the log and the status what became of it.
func (x *exchange) note() {
	if x.dryRun {
		return
	}
	x.warn(x.problems, x.ok())
	cause := ""
	if !x.ok() {
		cause = x.cause()
		x.log.Error("the configuration was not reloaded; "+x.remains(), "cause", cause)
	}
	at := x.reloads.note(cause)
	if cause == "" {
		x.log.Info("the configuration was reloaded", "changes", len(x.changes), "generation", at.Generation)
	}
	for _, c := range x.changes {
		if cause == "" {
			x.log.Info("changed", "what", c.String())
		}
	}
}

// remains says what became of the configuration before, where the new one was not taken.
func (x *exchange) remains() string {
	if interrupted := (*interruption)(nil); errors.As(x.err, &interrupted) {
		return "endpoints were closed for it and opened again"
	}
	return "all goes on as before"
}

// reloads remembers what became of reloads.
type reloads struct {
	mu  sync.Mutex
	now control.Reloads
}

func (r *reloads) note(failure string) control.Reloads {
	r.mu.Lock()
	defer r.mu.Unlock()
	if failure != "" {
		r.now.FailedTime, r.now.Failure = time.Now().UTC(), failure
	} else {
		r.now = control.Reloads{Generation: r.now.Generation + 1, Time: time.Now().UTC()}
	}
	return r.read()
}

func (r *reloads) status() control.Reloads {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read()
}

// read counts the first configuration in. The caller holds the lock.
func (r *reloads) read() control.Reloads {
	now := r.now
	now.Generation++
	return now
}

// result is what is told of it.
func (x *exchange) result() control.Reload {
	r := control.Reload{DryRun: x.dryRun, OK: x.ok(), Problems: []control.Problem{}, Changes: []control.Change{},
		Plugins: []string{}, Remarks: []string{}}
	if x.err != nil {
		r.Error = x.cause()
	}
	for _, p := range maskProblems(x.problems, x.mask) {
		r.Problems = append(r.Problems, control.Problem{Severity: p.Severity.String(), At: p.Position.String(),
			Summary: p.Summary, Detail: p.Detail})
	}
	for _, c := range x.changes {
		one := control.Change{Kind: c.Kind.String(), Action: c.Action.String(), Name: c.Name, Route: c.Route,
			At: c.Position.String(), Class: c.Class().String(), Keys: []control.KeyChange{}, Text: c.String()}
		for _, k := range c.Keys {
			one.Keys = append(one.Keys, control.KeyChange{Key: k.Key, Class: k.Class.String(), Old: k.Old, New: k.New})
		}
		r.Changes = append(r.Changes, one)
	}
	for _, text := range x.remarks {
		r.Remarks = append(r.Remarks, x.mask(text))
	}
	for _, u := range x.upgrades {
		r.Plugins = append(r.Plugins, u.member.name)
	}
	return r
}
