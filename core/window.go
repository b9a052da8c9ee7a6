package core

import "sync/atomic"

// Verdict is what became of messages at the place where an Observer looks.
type Verdict uint8

// The verdicts.
const (
	VerdictReceived     Verdict = iota // an inbound took them in
	VerdictDelivered                   // the outlet's endpoint confirmed them
	VerdictFiltered                    // the route's own rule left them out
	VerdictDeadLettered                // the dead letter has them
	VerdictExpired                     // their time to live was over
	VerdictDropped                     // dropped for a Reason
	VerdictMixed                       // some of them dropped for a Reason, the rest delivered: the endpoint told numbers only
)

var verdictNames = [...]string{"received", "delivered", "filtered", "dead-lettered", "expired", "dropped", "mixed"}

func (v Verdict) String() string { return verdictNames[min(int(v), len(verdictNames)-1)] }

// Observer is shown messages as they pass. Observe is called by any goroutine, must not block, and may keep the
// messages but not change them; reason has a meaning with VerdictDropped and VerdictMixed only.
type Observer interface {
	Observe(messages []Message, verdict Verdict, reason Reason)
}

// Window is a place where an Observer may look in while messages pass. Where none does it costs one atomic load per
// batch. The zero value has none; a nil Window never has. The methods may be called by any goroutine.
type Window struct{ observer atomic.Pointer[Observer] }

// Open lets an observer look in instead of the one before; nil closes the window.
func (w *Window) Open(observer Observer) {
	if observer == nil {
		w.observer.Store(nil)
		return
	}
	w.observer.Store(&observer)
}

// Observer returns who looks in, nil where nobody does.
func (w *Window) Observer() Observer {
	if w == nil {
		return nil
	}
	if observer := w.observer.Load(); observer != nil {
		return *observer
	}
	return nil
}
