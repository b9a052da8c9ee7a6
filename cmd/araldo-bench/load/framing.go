package load

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// frame is what goes around every message of one sender: all are of one size, so they differ in their stamps alone.
type frame struct{ before, after []byte }

// burst is count messages in one buffer, ready to be stamped and written. stamp(i) is where message i has its stamp.
type burst struct {
	bytes        []byte
	stride, head int
}

func (f frame) burst(count int, body Body) *burst {
	message, stampAt := body.lay()
	one := append(bytes.Clone(f.before), message...)
	one = append(one, f.after...)
	return &burst{bytes: bytes.Repeat(one, count), stride: len(one), head: len(f.before) + stampAt}
}

func (b *burst) stamp(i int) []byte { return b.bytes[i*b.stride+b.head:][:LeastSize] }

func (b *burst) first(n int) []byte { return b.bytes[:n*b.stride] }

const (
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

// websocketHeader is a client's frame header (RFC 6455, section 5.2) with the mask 0, which leaves the payload as it is.
func websocketHeader(op byte, size int) []byte {
	h := []byte{0x80 | op}
	switch {
	case size < 126:
		h = append(h, 0x80|byte(size))
	case size < 1<<16:
		h = binary.BigEndian.AppendUint16(append(h, 0x80|126), uint16(size))
	default:
		h = binary.BigEndian.AppendUint64(append(h, 0x80|127), uint64(size))
	}
	return append(h, 0, 0, 0, 0)
}

func websocketFrame(size int) frame { return frame{before: websocketHeader(opText, size)} }

// natsFrame is a PUB in a WebSocket frame of its own.
func natsFrame(subject string, size int) frame {
	line := fmt.Sprintf("PUB %s %d\r\n", subject, size)
	header := websocketHeader(opBinary, len(line)+size+2)
	return frame{before: append(header, line...), after: []byte("\r\n")}
}

// command is a RESP array of bulk strings whose last one is the message.
func command(size int, words ...string) frame {
	before := fmt.Appendf(nil, "*%d\r\n", len(words)+1)
	for _, w := range words {
		before = fmt.Appendf(before, "$%d\r\n%s\r\n", len(w), w)
	}
	return frame{before: fmt.Appendf(before, "$%d\r\n", size), after: []byte("\r\n")}
}
