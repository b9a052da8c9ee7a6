package wire

import (
	"time"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// MaxDetail is the limit of a text for people that crosses the wire, bytes; longer ones are cut.
const MaxDetail = 1 << 10

// ToReceipt makes a receipt for the wire.
func ToReceipt(lane uint32, r core.Receipt) *pluginv1.Receipt {
	out := &pluginv1.Receipt{Lane: lane, Epoch: r.Epoch, SettledUpTo: r.UpTo}
	for _, x := range r.Exceptions {
		out.Exceptions = append(out.Exceptions, &pluginv1.Exception{
			First: x.First, Count: uint32(x.Count), Outcome: pluginv1.Outcome(x.Outcome), Failure: toFailure(x.Failure),
		})
	}
	for _, c := range r.Counts {
		out.Counts = append(out.Counts, &pluginv1.OutcomeCount{Outcome: pluginv1.Outcome(c.Outcome), Count: c.Count})
	}
	return out
}

// FromReceipt reads a receipt; the lane stays in the wire's message. Unknown enum values come through as the wire has
// them, for the engine to treat as a failure of unknown kind.
func FromReceipt(r *pluginv1.Receipt) core.Receipt {
	out := core.Receipt{Epoch: r.Epoch, UpTo: r.SettledUpTo}
	for _, x := range r.Exceptions {
		out.Exceptions = append(out.Exceptions, core.Exception{
			First: x.First, Count: uint64(max(x.Count, 1)), Outcome: known(x.Outcome, core.OutcomeReturned), Failure: fromFailure(x.Failure),
		})
	}
	for _, c := range r.Counts {
		out.Counts = append(out.Counts, core.OutcomeCount{Outcome: known(c.Outcome, core.OutcomeReturned), Count: c.Count})
	}
	return out
}

// known narrows an enum of the wire to core's, whose values are the same up to highest; others are 0.
func known[W ~int32, C ~uint8](value W, highest C) C {
	if value < 0 || value > W(highest) {
		return 0
	}
	return C(value)
}

func toFailure(f *core.Failure) *pluginv1.Failure {
	if f == nil {
		return nil
	}
	return &pluginv1.Failure{
		Class: pluginv1.FailureClass(f.Class), Scope: pluginv1.FailureScope(f.Scope),
		Attempted: pluginv1.Attempted(f.Attempted), RetryAfterMs: uint32(f.RetryAfter.Milliseconds()),
		Detail: cut(f.Detail),
	}
}

func fromFailure(f *pluginv1.Failure) *core.Failure {
	if f == nil {
		return nil
	}
	return &core.Failure{
		Class: known(f.Class, core.FailureTooLarge), Scope: known(f.Scope, core.ScopeEndpoint),
		Attempted:  known(f.Attempted, core.AttemptedUnknown),
		RetryAfter: time.Duration(f.RetryAfterMs) * time.Millisecond, Detail: cut(f.Detail),
	}
}

// ToEvent makes an event for the wire.
func ToEvent(e core.Event) *pluginv1.Event {
	return &pluginv1.Event{Kind: pluginv1.EventKind(e.Kind), Cause: cut(e.Cause), Missed: e.Missed}
}

// FromEvent reads an event; an unknown kind is 0.
func FromEvent(e *pluginv1.Event) core.Event {
	return core.Event{Kind: known(e.Kind, core.EventRecovered), Cause: cut(e.Cause), Missed: e.Missed}
}

// FromOpened is why an instance that was opened can't reach its other side; empty: it can.
func FromOpened(r *pluginv1.OpenResponse) string { return cut(r.Degraded) }

// ToLaneOpen makes the opening of a lane's epoch.
func ToLaneOpen(lane uint32, epoch uint64, o core.LaneOptions) *pluginv1.LaneOpen {
	return &pluginv1.LaneOpen{
		Lane: lane, Epoch: epoch, Source: o.Source, Acked: o.Acked, Strict: o.Strict, NoEcho: o.NoEcho, Waits: o.Waits,
	}
}

// FromLaneOpen reads what an endpoint is told about a lane.
func FromLaneOpen(o *pluginv1.LaneOpen) core.LaneOptions {
	return core.LaneOptions{Source: o.Source, Acked: o.Acked, Strict: o.Strict, NoEcho: o.NoEcho, Waits: o.Waits}
}
