package hub

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
)

// ok reports whether the configuration was taken, or would be.
func (r *reload) ok() bool { return r.cfg != nil && r.err == nil && !r.problems.Failed() }

// cause is why it was not.
func (r *reload) cause() string {
	if r.err != nil {
		return r.mask(r.err.Error())
	}
	cause, errors := "", 0
	for _, p := range r.problems {
		if p.Severity != core.SeverityError {
			continue
		}
		if errors++; errors == 1 {
			cause = r.mask(p.String())
		}
	}
	if errors > 1 {
		cause += fmt.Sprintf(" (and %d more, which `araldo check` tells)", errors-1)
	}
	return cause
}

// note tells the log and the status what became of it.
func (r *reload) note() {
	if r.dryRun {
		return
	}
	r.warn(r.problems, r.ok())
	cause := ""
	if !r.ok() {
		cause = r.cause()
		r.log.Error("the configuration was not reloaded; "+r.remains(), "cause", cause)
	}
	at := r.reloads.note(cause)
	if cause == "" {
		r.log.Info("the configuration was reloaded", "changes", len(r.changes), "generation", at.Generation)
	}
	for _, c := range r.changes {
		if cause == "" {
			r.log.Info("changed", "what", c.String())
		}
	}
}

// remains says what became of the configuration before, where the new one was not taken.
func (r *reload) remains() string {
	if interrupted := (*interruption)(nil); errors.As(r.err, &interrupted) {
		return "endpoints were closed for it and opened again"
	}
	return "all goes on as before"
}

// result is what is told of it.
func (r *reload) result() control.Reload {
	told := control.Reload{DryRun: r.dryRun, OK: r.ok(), Problems: control.ProblemsOf(maskProblems(r.problems, r.mask)),
		Changes: []control.Change{}, Plugins: []string{}, Remarks: []string{}}
	if r.err != nil {
		told.Error = r.cause()
	}
	for _, c := range r.changes {
		one := control.Change{Kind: c.Kind.String(), Action: c.Action.String(), Name: c.Name, Route: c.Route,
			At: c.Position.String(), Class: c.Class().String(), Keys: []control.KeyChange{}, Text: c.String()}
		for _, k := range c.Keys {
			one.Keys = append(one.Keys, control.KeyChange{Key: k.Key, Class: k.Class.String(), Old: k.Old, New: k.New})
		}
		told.Changes = append(told.Changes, one)
	}
	for _, text := range r.remarks {
		told.Remarks = append(told.Remarks, r.mask(text))
	}
	for _, next := range r.replacements {
		told.Plugins = append(told.Plugins, next.member.name)
	}
	return told
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
