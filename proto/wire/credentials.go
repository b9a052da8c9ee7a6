package wire

import (
	"context"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/araldo-relay/araldo/core/tuning"
)

// Credentials are those of a connection between hub and plugin, for either side: none, because the socket lies in a directory
// that only the hub's user may enter. They make the connection Direct, which gRPC gives no other way to do on both sides.
func Credentials() credentials.TransportCredentials {
	return directly{insecure.NewCredentials()}
}

type directly struct {
	credentials.TransportCredentials
}

func (c directly) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return c.TransportCredentials.ClientHandshake(ctx, authority, tuning.Direct(conn))
}

func (c directly) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return c.TransportCredentials.ServerHandshake(tuning.Direct(conn))
}

func (c directly) Clone() credentials.TransportCredentials { return c }
