package load

import (
	"errors"
	"fmt"
)

// Kind is how messages are written to a place or read from it.
type Kind string

// The kinds of place.
const (
	WebSocket Kind = "websocket" // Path
	NATS      Kind = "nats"      // NATS protocol over WebSocket: Path, Subject
	Webdis    Kind = "webdis"    // Redis SUBSCRIBE as JSON over WebSocket, for receivers alone: Path, Subject
	Channel   Kind = "channel"   // Redis PUBLISH and SUBSCRIBE: Subject
	Stream    Kind = "stream"    // Redis XADD and XREAD, field `body`: Subject
)

// Place is one end of the relay, or what lies behind it.
type Place struct {
	Kind    Kind   `yaml:"kind"`
	Address string `yaml:"address"` // host:port
	Path    string `yaml:"path"`
	Subject string `yaml:"subject"`
}

func (p Place) String() string {
	return fmt.Sprintf("%s %s%s %s", p.Kind, p.Address, p.Path, p.Subject)
}

// frame is what goes around a message of size bytes sent to the place.
func (p Place) frame(size int) (frame, error) {
	switch p.Kind {
	case WebSocket:
		return websocketFrame(size), nil
	case NATS:
		return natsFrame(p.Subject, size), nil
	case Webdis:
		return frame{}, errors.New("webdis closes connections that send two frames at once, so it can't be sent to")
	case Channel:
		return command(size, "PUBLISH", p.Subject), nil
	case Stream:
		return command(size, "XADD", p.Subject, "MAXLEN", "~", "100000", "*", "body"), nil
	}
	return frame{}, fmt.Errorf("place of unknown kind %q (websocket, nats, webdis, channel, stream)", p.Kind)
}
