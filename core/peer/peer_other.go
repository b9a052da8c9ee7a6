//go:build !linux

package peer

import "net"

// Of is the process that made a connection which this one accepted, a *net.UnixConn, as it was then. known is false where
// the system does not tell.
func Of(net.Conn) (p Process, known bool, err error) { return p, false, nil }
