package sdk

import "github.com/araldo-relay/araldo/core"

// The values of core that authors need, so that they import this package alone.
const (
	AckNone    = core.AckNone
	AckMessage = core.AckMessage

	ReplayNone    = core.ReplayNone
	ReplayPending = core.ReplayPending
	ReplayOffset  = core.ReplayOffset

	ConfirmNone      = core.ConfirmNone
	ConfirmWritten   = core.ConfirmWritten
	ConfirmAccepted  = core.ConfirmAccepted
	ConfirmPersisted = core.ConfirmPersisted

	SeverityError   = core.SeverityError
	SeverityWarning = core.SeverityWarning

	DirectionInbound  = core.DirectionInbound
	DirectionOutbound = core.DirectionOutbound

	ReasonUndecodable = core.ReasonUndecodable
	ReasonTooLarge    = core.ReasonTooLarge

	StateDeclared = core.StateDeclared
	StateStarting = core.StateStarting
	StateReady    = core.StateReady
	StateDraining = core.StateDraining
	StateDegraded = core.StateDegraded
	StateBackoff  = core.StateBackoff
	StateFailed   = core.StateFailed
	StateStopped  = core.StateStopped
	StateDisabled = core.StateDisabled

	EventConnected    = core.EventConnected
	EventDisconnected = core.EventDisconnected
	EventDegraded     = core.EventDegraded
	EventGap          = core.EventGap
	EventRecovered    = core.EventRecovered

	OutcomeFailed      = core.OutcomeFailed
	OutcomeNoRecipient = core.OutcomeNoRecipient

	FailureRetryable = core.FailureRetryable
	FailureThrottled = core.FailureThrottled
	FailurePermanent = core.FailurePermanent
	FailureTooLarge  = core.FailureTooLarge

	ScopeMessage  = core.ScopeMessage
	ScopeEndpoint = core.ScopeEndpoint

	AttemptedNo      = core.AttemptedNo
	AttemptedYes     = core.AttemptedYes
	AttemptedUnknown = core.AttemptedUnknown
)

// CanonicalType is the content type of canonical payloads.
const CanonicalType = core.CanonicalType

// NewAttributes sorts attributes for a Header.
func NewAttributes(list ...Attribute) Attributes { return core.NewAttributes(list...) }
