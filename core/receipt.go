package core

import "time"

// Receipt tells what became of messages of one lane and epoch.
type Receipt struct {
	Epoch uint64
	// UpTo is the sequence number up to which all are settled as confirmed, save the exceptions named so far.
	UpTo       uint64
	Exceptions []Exception
	// Counts are, on lanes that are not acked, how many of those newly settled ended otherwise than confirmed.
	Counts []OutcomeCount
}

// Exception is a run of messages that did not end as confirmed, or that an earlier receipt left pending.
type Exception struct {
	First   uint64
	Count   uint64
	Outcome Outcome
	// Failure is set where Outcome is OutcomeFailed.
	Failure *Failure
}

// OutcomeCount is a number of messages that ended alike.
type OutcomeCount struct {
	Outcome Outcome
	Count   uint64
}

// Outcome is how a message ended on its lane.
type Outcome uint8

// The outcomes.
const (
	OutcomeConfirmed   Outcome = iota + 1
	OutcomeFailed              // see the exception's Failure
	OutcomePending             // not settled yet, a later receipt settles it
	OutcomeNoRecipient         // there was nobody to give it to
	OutcomeReturned            // given back unsettled to a source: it may come again
)

// Failure says why a message could not be given to an endpoint, and what may be done about it.
type Failure struct {
	Class     FailureClass
	Scope     FailureScope
	Attempted Attempted
	// RetryAfter is the pause that the endpoint asks for with FailureThrottled.
	RetryAfter time.Duration
	// Detail is one sentence for people, never a payload or a secret.
	Detail string
}

// Error makes a Failure an error that the SDK's sinks can return.
func (f *Failure) Error() string { return f.Detail }

// FailureClass says what a retry can do.
type FailureClass uint8

// The classes of failure.
const (
	FailureRetryable FailureClass = iota + 1
	FailureThrottled              // retryable after a pause
	FailurePermanent              // the same message can never succeed
	FailureTooLarge               // permanent: over the endpoint's size limit
)

// FailureScope says whose fault it is.
type FailureScope uint8

// The scopes of failure.
const (
	ScopeMessage  FailureScope = iota + 1
	ScopeEndpoint              // wrong password, no connection: no message is to blame
)

// Attempted says whether the other side may have the message all the same.
type Attempted uint8

// The values of Attempted.
const (
	AttemptedNo Attempted = iota + 1
	AttemptedYes
	AttemptedUnknown
)
