package load

import (
	"context"
	"fmt"
	"io"
	"net"
)

// burstSize is how many messages a sender writes in one call at most; burstBytes bounds that for large ones.
const (
	burstSize  = 64
	burstBytes = 256 << 10
)

// Sender writes stamped messages to a place. It is for one goroutine.
type Sender struct {
	conn   net.Conn
	number int
	burst  *burst
	most   int
	sent   uint64
}

// NewSender connects sender number to a place for messages of that body.
func NewSender(ctx context.Context, place Place, number int, body Body) (*Sender, error) {
	if err := body.Check(); err != nil {
		return nil, err
	}
	f, err := place.frame(body.Size)
	if err != nil {
		return nil, err
	}
	conn, reader, err := dial(ctx, place.Address, place.Path)
	if err != nil {
		return nil, err
	}
	if place.Kind == NATS {
		if err := natsHello(conn, ""); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	// What comes back (replies of Redis, pings) is read so that the other side can write, and not looked at.
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	most := max(1, min(burstSize, burstBytes/body.Size))
	return &Sender{conn: conn, number: number, burst: f.burst(most, body), most: most}, nil
}

// Send writes n messages that are due now, at most as many as a burst holds, and returns how many that were. It blocks while
// the relay does not read.
func (s *Sender) Send(n int, due int64) (int, error) {
	n = min(n, s.most)
	for i := range n {
		s.sent++
		stamp{sender: s.number, sequence: s.sent, due: due}.write(s.burst.stamp(i))
	}
	if _, err := s.conn.Write(s.burst.first(n)); err != nil {
		return 0, fmt.Errorf("sender %d: %w", s.number, err)
	}
	return n, nil
}

// Probe writes one message with something else in its stamp's place: it counts as foreign, and shows that the relay moves messages.
func (s *Sender) Probe() error {
	copy(s.burst.stamp(0), "probe............................")
	_, err := s.conn.Write(s.burst.first(1))
	return err
}

// Sent is how many messages were written.
func (s *Sender) Sent() uint64 { return s.sent }

// Close ends the connection.
func (s *Sender) Close() { _ = s.conn.Close() }
