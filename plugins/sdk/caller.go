package sdk

import (
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc/credentials"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/peer"
	"github.com/araldo-relay/araldo/proto/wire"
)

// callers are the credentials of who may speak to this plugin. One that is built in runs without a sandbox and answers
// nobody but the hub, which started it: other plugins run as the same user, and it could open for them what their sandbox
// keeps from them. What starts an external one need not be the hub itself, and whoever can connect may speak to it.
func callers() credentials.TransportCredentials {
	if os.Getenv(core.PluginMark) == "" {
		return wire.Credentials()
	}
	return hubAlone{wire.Credentials(), os.Getppid()}
}

// hubAlone refuses connections of other processes, as far as the system tells which one connects.
type hubAlone struct {
	credentials.TransportCredentials
	hub int
}

// ServerHandshake implements credentials.TransportCredentials.
func (c hubAlone) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	who, known, err := peer.Of(conn)
	if err == nil && known && who.PID != c.hub {
		err = fmt.Errorf("process %d is not the hub, which is %d", who.PID, c.hub)
	}
	if err != nil {
		return nil, nil, err
	}
	return c.TransportCredentials.ServerHandshake(conn)
}

// Clone implements credentials.TransportCredentials.
func (c hubAlone) Clone() credentials.TransportCredentials { return c }
