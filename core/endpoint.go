package core

import "regexp"

// Kind is what an id offers.
type Kind uint8

// The kinds of id.
const (
	KindEndpoint Kind = iota + 1
	KindMarshalling
)

func (k Kind) String() string {
	return [...]string{"unknown", "endpoint", "marshalling"}[min(k, KindMarshalling)]
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// ValidName reports whether name can name an endpoint, a marshalling or an outlet: [A-Za-z0-9._-]{1,64}.
func ValidName(name string) bool { return namePattern.MatchString(name) }

// Capabilities is what an endpoint can do. A nil direction is one that it does not have.
type Capabilities struct {
	Inbound  *Inbound
	Outbound *Outbound
	// Conversion is a marshalling's; nil: it rewrites nothing.
	Conversion *Conversion
}

// Inbound is what an endpoint can do as a source.
type Inbound struct {
	Ack    Ack
	Replay Replay
	// Pausable: it stops reading its peer when it has no credit, so nothing is lost by waiting.
	Pausable bool
	// Limit says in one sentence for people, without a full stop, why Ack or Replay is no better, in the words of the
	// protocol behind it: it is the reason that a route's promise gives. Empty: a general sentence takes its place.
	Limit string
	// Durability says in one short clause what keeps a message that is not acknowledged yet, such as Redis's `appendonly
	// yes, appendfsync everysec`: it stands behind a route's guarantee. Empty where not known.
	Durability string
}

// Outbound is what an endpoint can do as a target.
type Outbound struct {
	Confirm Confirm
	// Addressing: it understands the attribute `to`.
	Addressing bool
	// Limit says why Confirm is no better, Durability what keeps a message that is confirmed; both as in Inbound.
	Limit, Durability string
}

// Conversion is what a marshalling does beside turning payloads from one format into another.
type Conversion struct {
	// Rewrites: it has an envelope, so messages are decoded and rewritten even between two endpoints that both name it,
	// and behind a source without marshalling.
	Rewrites bool
}

// Ack says whether a source acknowledges messages to its origin.
type Ack uint8

// The values of Ack.
const (
	AckNone Ack = iota
	AckMessage
)

// Replay says what a source can bring again.
type Replay uint8

// The values of Replay.
const (
	ReplayNone    Replay = iota
	ReplayPending        // what was not acknowledged comes again
	ReplayOffset         // reading can begin again at a stored position
)

// Confirm says what a target's receipt means; larger means more.
type Confirm uint8

// The values of Confirm.
const (
	ConfirmNone      Confirm = iota // handed on
	ConfirmWritten                  // written to the operating system
	ConfirmAccepted                 // the other side answered that it has it
	ConfirmPersisted                // the other side answered that it is on stable storage
)

// TypeInfo describes one id that a plugin offers.
type TypeInfo struct {
	ID      string
	Kind    Kind
	Summary string
	// Schema is the JSON Schema (draft 2020-12) of an instance's own keys.
	Schema       []byte
	Capabilities Capabilities
	// Accepts are the types of messages that its endpoints have a use for, for people and tools; none where they make no
	// difference.
	Accepts []string
}

// PluginInfo describes a plugin.
type PluginInfo struct {
	Name, Version string
	Types         []TypeInfo
}

// Assessment is a plugin's view of one instance's configuration.
type Assessment struct {
	Diagnostics []Diagnostic
	// Claims are what the instance takes for itself; two equal ones are an error.
	Claims []string
	// SpeaksTo and HearsFrom name places outside, for finding cycles: a URL without credentials, in which a `*` stands for
	// any characters. A place inside the hub begins with `hub:`.
	SpeaksTo, HearsFrom []string
	Capabilities        Capabilities
}

// Diagnostic is one finding about an instance's configuration.
type Diagnostic struct {
	Severity Severity
	// Path is a JSON pointer (RFC 6901) into the instance's own keys, empty for the whole instance.
	Path string
	// Summary says what is wrong, Detail what would be right.
	Summary, Detail string
}

// Direction is a way through an endpoint, seen from the hub.
type Direction uint8

// The directions.
const (
	DirectionInbound Direction = iota + 1
	DirectionOutbound
)

// State is where an endpoint is in its life.
type State uint8

// The states of an endpoint.
const (
	StateDeclared State = iota // in the configuration, not started yet
	StateStarting              // its plugin is being started or is opening it
	StateReady                 // takes and gives messages
	StateDraining              // finishes what it has and takes nothing new
	StateDegraded              // open, but its other side can't be reached
	StateBackoff               // its plugin ended; it is started again after a pause
	StateFailed                // given up
	StateStopped               // closed in good order
	StateDisabled              // switched off by the configuration or by hand
)

var stateNames = [...]string{"declared", "starting", "ready", "draining", "degraded", "backoff", "failed", "stopped",
	"disabled"}

func (s State) String() string { return stateNames[min(int(s), len(stateNames)-1)] }

// EventKind is what an endpoint tells about its other side.
type EventKind uint8

// The kinds of event.
const (
	EventConnected EventKind = iota + 1
	EventDisconnected
	EventDegraded
	EventGap // messages from the other side may have been missed
	EventRecovered
)

// Event is news from an endpoint.
type Event struct {
	Kind  EventKind
	Cause string
	// Missed is how many messages a gap swallowed; 0 where not known.
	Missed uint64
}

// Figure is a number of an endpoint's own.
type Figure struct {
	Name  string
	Value int64
	// Counter: it only grows while the plugin lives.
	Counter bool
}

// Connection is one client of an endpoint.
type Connection struct {
	ID, Peer string
	// Since is when it connected, Unix nanoseconds.
	Since int64
	// Queued messages wait to be written to it; Lost ones it lost because it was slow.
	Queued int
	Lost   uint64
}

// Inspection is an endpoint's own view of itself.
type Inspection struct {
	Figures     []Figure
	Connections []Connection
}
