package core

// The attributes by which a message carries its trace (W3C Trace Context, sections 3.2 and 3.3). Who may set them decides
// which messages are recorded here and behind, so they need trust.
const (
	TraceParent = "traceparent"
	TraceState  = "tracestate"
)

// Trace follows those messages of a batch that were chosen for it. A batch without any has none.
type Trace interface {
	// At begins to follow them through one outlet of a route, as it takes them in. It does not block, and may be called
	// by any goroutine.
	At(route, outlet string) Passage
}

// Passage follows messages through one outlet; those that were not chosen are of no account. The methods do not block
// and may be called by any goroutine.
type Passage interface {
	// Sent is told of each attempt.
	Sent(messages []Message)
	// Settled is told once of each message; reason has a meaning with VerdictDropped only.
	Settled(messages []Message, verdict Verdict, reason Reason)
}
