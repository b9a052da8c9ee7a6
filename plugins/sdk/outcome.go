package sdk

import (
	"errors"
	"slices"

	"github.com/araldo-relay/araldo/core"
)

// exceptionsOf reads what a Send of n messages returned: runs in order, within the n messages, without overlap.
func exceptionsOf(err error, n int) []Exception {
	if err == nil {
		return nil
	}
	var named *SendError
	if errors.As(err, &named) {
		return tidy(named.Exceptions, n)
	}
	return []Exception{{Count: n, Outcome: core.OutcomeFailed, Failure: failureOf(err, n)}}
}

// failureOf is the failure of all n messages of a Send.
func failureOf(err error, n int) *Failure {
	var failure *Failure
	if errors.As(err, &failure) {
		return complete(failure)
	}
	f := &Failure{
		Class: core.FailureRetryable, Scope: core.ScopeEndpoint, Attempted: core.AttemptedUnknown, Detail: err.Error(),
	}
	var panicked *panicError
	if errors.As(err, &panicked) {
		// A message that makes its sink panic would block its lane for ever: sent alone it is the culprit.
		f.Scope = core.ScopeMessage
		if n == 1 {
			f.Class = core.FailurePermanent
		}
	}
	return f
}

// complete fills in what an author left out, with what promises least.
func complete(f *Failure) *Failure {
	if f != nil && f.Class != 0 && f.Scope != 0 && f.Attempted != 0 {
		return f
	}
	if f == nil {
		f = &Failure{Detail: "no reason given"}
	}
	c := *f
	if c.Class == 0 {
		c.Class = core.FailureRetryable
	}
	if c.Scope == 0 {
		c.Scope = core.ScopeEndpoint
	}
	if c.Attempted == 0 {
		c.Attempted = core.AttemptedUnknown
	}
	return &c
}

// tidy sorts an author's exceptions, cuts them to the n messages and lets the first of two that overlap win.
func tidy(list []Exception, n int) []Exception {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Exception) int { return a.Index - b.Index })
	kept := list[:0]
	next := 0
	for _, x := range list {
		end := min(x.Index+max(x.Count, 1), n)
		x.Index = max(x.Index, next)
		if x.Index >= end {
			continue
		}
		x.Count, next = end-x.Index, end
		if x.Outcome != core.OutcomeNoRecipient {
			x.Outcome, x.Failure = core.OutcomeFailed, complete(x.Failure)
		}
		kept = append(kept, x)
	}
	return kept
}

// firstFailure is the index of the first exception that is a failure, -1 where none is.
func firstFailure(list []Exception) int {
	return slices.IndexFunc(list, func(x Exception) bool { return x.Outcome == core.OutcomeFailed })
}
