package websocket

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// The first byte of the frames that a server sends: FIN and an opcode (RFC 6455 section 5.2).
const (
	finText   = 0x81
	finBinary = 0x82
	finClose  = 0x88
	finPing   = 0x89
)

const (
	maxControlPayload = 125
	maxFrameHeader    = 10
)

// burst is the messages of one Send as frames, written once and read by every connection that they go to.
type burst struct {
	data []byte
	// ends[i] is where message i's frame ends in data.
	ends []int
}

// newBurst encodes each message as one unmasked frame.
func newBurst(messages []sdk.Message, frames Frames) *burst {
	size := 0
	for i := range messages {
		size += len(messages[i].Payload) + maxFrameHeader
	}
	b := &burst{data: make([]byte, 0, size), ends: make([]int, len(messages))}
	for i := range messages {
		payload := messages[i].Payload
		b.data = appendFrameHeader(b.data, firstByte(&messages[i], frames), len(payload))
		b.data = append(b.data, payload...)
		b.ends[i] = len(b.data)
	}
	return b
}

// start is where message i's frame begins.
func (b *burst) start(i int) int {
	if i == 0 {
		return 0
	}
	return b.ends[i-1]
}

// size is the bytes of the frames from..to-1.
func (b *burst) size(from, to int) int { return b.start(to) - b.start(from) }

// firstByte chooses text or binary. What is not UTF-8 is never sent as text: a browser drops the connection on it.
func firstByte(m *sdk.Message, frames Frames) byte {
	if frames == FramesBinary || frames == FramesAuto && m.Attribute("kind") == "binary" || !utf8.Valid(m.Payload) {
		return finBinary
	}
	return finText
}

// appendFrameHeader appends the header of an unmasked frame with the shortest length encoding.
func appendFrameHeader(to []byte, first byte, length int) []byte {
	switch {
	case length <= maxControlPayload:
		return append(to, first, byte(length))
	case length <= 1<<16-1:
		return binary.BigEndian.AppendUint16(append(to, first, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(to, first, 127), uint64(length))
	}
}

// closeFrame is a close frame with a code and a reason, which is cut at 123 bytes.
func closeFrame(code int, reason string) []byte {
	reason = reason[:min(len(reason), maxControlPayload-2)]
	frame := appendFrameHeader(nil, finClose, 2+len(reason))
	frame = binary.BigEndian.AppendUint16(frame, uint16(code))
	return append(frame, reason...)
}

// holdsMessage reports whether buffered begins with a whole unfragmented message from a client, so that reading it
// will not block.
func holdsMessage(buffered []byte) bool {
	if len(buffered) < 6 || buffered[0] != finText && buffered[0] != finBinary || buffered[1]&0x80 == 0 {
		return false
	}
	header, length := 6, uint64(buffered[1]&0x7f)
	switch length {
	case 126:
		header = 8
		length = uint64(binary.BigEndian.Uint16(buffered[2:]))
	case 127:
		return false // never in a read buffer of 4 KiB
	}
	return uint64(len(buffered)) >= uint64(header)+length
}
