package websocket

import "time"

// limits bound what one client can hold, and for how long. They are the same for every endpoint.
type limits struct {
	// handshake is how long a client may take for its HTTP request.
	handshake time.Duration
	// message is how long a message may take from its first byte to its last.
	message time.Duration
	// stall is how long a client may take for a burst.
	stall time.Duration
	// wait is how long a sender waits for room in queues. It is well under the usual timeout of an endpoint (10 s), so that
	// the slow client is cut before the hub takes the endpoint for hung and drops what was for all.
	wait time.Duration
	// grace is how long a closing connection may take for what is queued and for the peer's own end.
	grace time.Duration
	// pings per second that a client may send.
	pings int
	// queueMessages and queueBytes bound what waits for one connection: more than the hub sends ahead on a lane. A
	// message over queueBytes passes alone.
	queueMessages, queueBytes int
}

var standard = limits{
	handshake:     5 * time.Second,
	message:       30 * time.Second,
	stall:         10 * time.Second,
	wait:          6 * time.Second,
	grace:         2 * time.Second,
	pings:         10,
	queueMessages: 4096,
	queueBytes:    8 << 20,
}

const (
	// maxHeader bounds a handshake's headers, in bytes; cookies of other programs at the same host are among them.
	maxHeader = 16 << 10
	// burstBytes is what is written to a connection in one system call, save a message that is larger.
	burstBytes = 64 << 10
	// portionMessages and portionBytes bound what one Send has to wait with.
	portionMessages, portionBytes = 64, 256 << 10
	// gatherMessages and gatherBytes bound what is handed to the hub in one piece.
	gatherMessages, gatherBytes = 256, 64 << 10
	// maxControl bounds the pings and pongs that wait for a connection, in bytes: newer ones are left out, as RFC 6455
	// section 5.5.3 allows.
	maxControl = 1 << 10
)
