package forwarder

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
)

type connKey struct{}

// rememberConn lets a handler write to its connection itself.
func rememberConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

func rawConn(r *http.Request) net.Conn { return r.Context().Value(connKey{}).(net.Conn) }

// encode makes a server's text frame (RFC 6455, section 5.2).
func encode(message []byte) []byte {
	frame := make([]byte, 0, len(message)+10)
	switch n := len(message); {
	case n < 126:
		frame = append(frame, 0x81, byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x81, 126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x81, 127), uint64(n))
	}
	return append(frame, message...)
}

// writeGathered writes all frames that wait in one call.
func writeGathered(ctx context.Context, conn net.Conn, out <-chan []byte) {
	var buffer []byte
	for {
		select {
		case <-ctx.Done():
			return
		case frame := <-out:
			buffer = append(buffer[:0], frame...)
			for n := min(len(out), most); n > 0; n-- {
				buffer = append(buffer, <-out...)
			}
			if _, err := conn.Write(buffer); err != nil {
				return
			}
		}
	}
}
