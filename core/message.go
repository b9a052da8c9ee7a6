package core

import (
	"encoding/binary"
	"encoding/hex"
	"time"
)

// ID names a message for all of its life, through retries and restarts.
type ID [16]byte

// Add returns the id n places after id: n added to its last eight bytes, big-endian and wrapping.
func (id ID) Add(n uint64) ID {
	binary.BigEndian.PutUint64(id[8:], binary.BigEndian.Uint64(id[8:])+n)
	return id
}

// IsZero reports whether no id was given.
func (id ID) IsZero() bool { return id == ID{} }

// String is the id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Message is one message. It is immutable once made: Payload and Header may be shared by many messages and outlets,
// and Payload may alias the frame it arrived in.
type Message struct {
	ID ID
	// Source is the name of the inbound endpoint.
	Source string
	// Time of receipt, Unix nanoseconds.
	Time int64
	// Header may be nil: no content type, no attributes.
	Header  *Header
	Payload []byte
}

// Size is what the message counts for in credits, in bytes: its payload. In queues its header counts too.
func (m *Message) Size() int { return len(m.Payload) }

// Attribute returns the value of the attribute name, empty where the message has none.
func (m *Message) Attribute(name string) string {
	if m.Header == nil {
		return ""
	}
	value, _ := m.Header.Attributes.Get(name)
	return value
}

// Header is what messages of one connection have in common. It is immutable and shared by pointer.
type Header struct {
	// ContentType is a media type (RFC 6838), empty where unknown.
	ContentType string
	Attributes  Attributes
	// Fault, of what a source emits, says why messages with this header are none: they are poison wherever they go. Its
	// Index means nothing. From then on it is one of the batch's Faults, and here it is nil.
	Fault *Fault
}

// Size is what the header counts for in a message's size, in bytes: its content type, all names and values. A nil one
// counts nothing.
func (h *Header) Size() int {
	if h == nil {
		return 0
	}
	size := len(h.ContentType)
	for _, a := range h.Attributes {
		size += len(a.Name) + len(a.Value)
	}
	return size
}

// HeaderBytes is the sum of the headers' sizes. One that messages behind each other share counts once.
func HeaderBytes(messages []Message) int {
	sum, last := 0, (*Header)(nil)
	for i := range messages {
		if h := messages[i].Header; h != last {
			last = h
			sum += h.Size()
		}
	}
	return sum
}

// CanonicalType is the content type of canonical payloads: CBOR (RFC 8949), between the marshallings of two endpoints.
const CanonicalType = "application/cbor"

// Batch is messages of one source in the order of their receipt: the unit that every stage hands on.
type Batch struct {
	Source   string
	Messages []Message
	// Originals are the messages as their source gave them, one for each, where Messages are values and the outlet keeps
	// those for its dead letter; else nil.
	Originals []Message
	// Pinned is the bytes of memory that the messages keep alive together: the frame that they alias.
	Pinned int
	// Received is when they came in, with a monotonic reading; zero where the outlets' own Offer is the beginning.
	Received time.Time
	// Ticket is told what becomes of the messages; nil where nobody waits for that.
	Ticket Ticket
	// Trace follows some of the messages; mostly it is nil.
	Trace Trace
	// Faults are the messages that can't be sent, by ascending index.
	Faults []Fault
	// Filtered messages were left out by the outlet's filter, Overflowed ones because they waited for their decoding and
	// were too many, Spent ones because they had passed through MaxHops hubs, Late ones because they are replies that
	// nobody waits for. They are not among Messages, and the ticket knows of them; the outlet's account is still to.
	Filtered, Overflowed, Spent, Late int
}

// Bytes is the sum of the messages' sizes.
func (b *Batch) Bytes() int {
	sum := 0
	for i := range b.Messages {
		sum += b.Messages[i].Size()
	}
	return sum
}

// Ticket follows one batch through every outlet that its source waits for. All methods may be called from any
// goroutine and do not block.
type Ticket interface {
	// Queued is called once by each blocking outlet when the whole batch is in its queue.
	Queued()
	// Settled is called by each required acked outlet when count messages from index first on are settled there.
	Settled(first, count int)
}
