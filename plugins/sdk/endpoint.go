package sdk

import (
	"context"

	"github.com/araldo-relay/araldo/core"
)

// Closer ends an instance. Close is called once, after Receive and every Send have returned or their contexts were
// cancelled; it frees all that the instance holds before it returns, and honours ctx.
type Closer interface {
	Close(ctx context.Context, reason CloseReason) error
}

// CloseReason is why an instance ends.
type CloseReason uint8

// The reasons for closing.
const (
	CloseShutdown CloseReason = iota + 1 // the hub ends
	CloseRemoved                         // no longer configured
	CloseRestart                         // it comes back at once in another process
)

// Emit hands messages to the hub in order. It blocks while the hub gives no credit, and returns an error only if ctx
// ended first, when the last of the messages may be left out, or if there are neither no tokens nor one per message.
// Headers and payloads must not change afterwards; the slices are free again. Messages larger than Setting.MaxMessage
// are dropped, logged, counted and settled. A source that acknowledges gives one token per message, which comes back
// to its Settler. Emit may be called by several goroutines, also by those that outlive Receive, until Close.
type Emit func(ctx context.Context, messages []Message, tokens ...string) error

// Source brings messages in.
type Source interface {
	// Receive reads the other side and calls emit until ctx ends; then it returns soon, nil or ctx's error. Any other
	// return is a failure: the SDK reports EventDegraded with it and calls Receive again after a pause, 250 ms doubled to
	// 30 s; after a second without a new failure it reports EventRecovered.
	Receive(ctx context.Context, emit Emit) error
}

// Sink takes messages out.
type Sink interface {
	// Send gives messages to the other side, in order, and returns when all are settled: nil if all are confirmed. A
	// *SendError names the messages that are not; a *Failure holds for all of them; any other error means for all of
	// them retryable, the endpoint's fault, attempted unknown. One goroutine per lane calls Send, so calls of one lane
	// never overlap and calls of several lanes do. Send returns soon when ctx ends: the lane, its epoch or its stream is
	// over and nobody waits for the result. The slice must not be changed or kept after the return; payloads and headers
	// may be kept. A Send that panics fails its messages; the next ones are then sent singly, so that the culprit fails
	// for good and alone.
	Send(ctx context.Context, messages []Message) error
}

// SendError names the messages of a Send that were not confirmed.
type SendError struct {
	Exceptions []Exception
}

// Exception is a run of messages of one Send that did not end as confirmed.
type Exception struct {
	// Index of the first message in the slice given to Send, and how many.
	Index, Count int
	// Outcome is core.OutcomeFailed or core.OutcomeNoRecipient.
	Outcome core.Outcome
	// Failure is set with core.OutcomeFailed.
	Failure *Failure
}

func (e *SendError) Error() string {
	for _, x := range e.Exceptions {
		if x.Failure != nil {
			return x.Failure.Detail
		}
	}
	return "nobody to give the message to"
}

// The optional abilities of what an open function returns. Each is found by its method alone.
type (
	// Settler learns which of a source's messages are settled, by the tokens it emitted. returned ones are given back
	// unsettled: the source may bring them again. Settle is called by one goroutine, in batches, never together with
	// Pause, and again with the same tokens after a pause if it fails.
	Settler interface {
		Settle(ctx context.Context, settled, returned []string) error
	}
	// Pauser is told when an Emit waits for the hub's credit and when none does any more, for sources that can ask their
	// other side to pause. Without it, blocking in Emit is the pause.
	Pauser interface{ Pause(paused bool) }
	// Drainer finishes one direction: inbound stops reading and keeps connections; outbound flushes.
	Drainer interface {
		Drain(ctx context.Context, direction Direction) error
	}
	// Laner gives each outlet a Sink of its own, for endpoints that treat outlets differently; a lane's own goroutine
	// calls it before the first Send. The Sink is used until the lane's end, and never closed by the SDK.
	Laner interface {
		Lane(options LaneOptions) (Sink, error)
	}
	// Ordered sinks stop at the first message that fails: of a SendError all messages after the first failed one were
	// not attempted. Lanes with strict order call other sinks with one message at a time.
	Ordered interface{ StopsAtFirstFailure() }
	// Portioned sinks are given at most so many messages and bytes by one Send, but always one message; 0 is no limit. For
	// sinks that may be slow without anything being wrong: the hub hears of each portion, and does not take the time that
	// the next ones need for a failure.
	Portioned interface{ Portion() (messages, bytes int) }
	// Enabler stays open while disabled, to refuse newcomers in its protocol's way. Without it, disabling closes the
	// instance with CloseRemoved and enabling opens it anew with the same Incarnation. In both cases the SDK refuses
	// messages for a disabled endpoint by itself.
	Enabler interface {
		SetEnabled(ctx context.Context, enabled bool) error
	}
	// Director goes on, and keeps its connections, while routes begin or cease to use a direction. It is told before the
	// Receive or Send of a direction that begins, and after the Receive of an inbound that ends, for which Receive is
	// called again when it begins again. On an error it goes on as before. Without it, the SDK closes the instance with
	// CloseRestart and opens it anew with the same Incarnation.
	Director interface {
		SetDirections(ctx context.Context, inbound, outbound bool) error
	}
	// Inspector shows figures and connections to people.
	Inspector interface{ Inspect() Inspection }
)

// The optional abilities of a config struct, on its pointer. They must have no side effects.
type (
	// Checker finds what a schema can't say. Paths are JSON pointers, /origins/0.
	Checker interface {
		Check(s Setting) []Diagnostic
	}
	// Claimer names what an instance takes for itself and whom it speaks to and hears from.
	Claimer interface{ Claims(s Setting) Claims }
	// Capable narrows what the instance can do, by its configuration.
	Capable interface{ Capabilities() Capabilities }
)

// Claims is what an instance takes for itself (`listen:127.0.0.1:54321/ws`; two equal ones are an error) and the
// places outside that it speaks to and hears from (`redis://127.0.0.1:6379/orders`): URLs without credentials, in which
// a `*` stands for any characters, so that a literal one is %2A. The hub finds by them what goes round.
type Claims struct {
	Takes, SpeaksTo, HearsFrom []string
}

// Marshaller turns one format into canonical values (CBOR, RFC 8949) and back. It is pure: the same message gives the
// same answer, in any process. Methods are called by several goroutines.
type Marshaller interface {
	// Marshal turns a canonical payload, known by the content type CanonicalType, into the format's bytes and sets the
	// content type. Only a marshalling whose config's Capabilities say Conversion.Rewrites is given others: the bytes of
	// a source without marshalling.
	Marshal(m Message) (Message, error)
	// Unmarshal turns the format's bytes into a canonical payload. The attributes of an envelope go into the Header; the
	// hub adds those that a client may set to the message's own.
	Unmarshal(m Message) (Message, error)
}
