package core

// The attributes by which a message carries its trace (W3C Trace Context, sections 3.2 and 3.3). Who may set them decides
// which messages are recorded here and behind, so they need trust.
const (
	TraceParent = "traceparent"
	TraceState  = "tracestate"
)

// Trace follows those messages of a batch that were chosen for it. A batch that none can be chosen of has none.
type Trace interface {
	// At begins to follow them through one outlet of a route, as it takes them in. It does not block, and may be called
	// by any goroutine. nil: none was chosen.
	At(route, outlet string) Passage
	// Decoded is told of the batch's values, whose envelopes may bring traces of their own, and returns them as they go
	// on, and what follows those. It changes neither its receiver nor what it is given.
	Decoded(values []Message) ([]Message, Trace)
}

// Passage follows messages through one outlet; those that were not chosen are of no account. The methods do not block
// and may be called by any goroutine.
type Passage interface {
	// Sent is told of each attempt.
	Sent(messages []Message)
	// Settled is told once of each message; reason has a meaning with VerdictDropped and VerdictMixed only.
	Settled(messages []Message, verdict Verdict, reason Reason)
}
