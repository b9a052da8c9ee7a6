package control

import (
	"fmt"
	"net"
	"os"

	"github.com/araldo-relay/araldo/core/peer"
)

// checkPeer asks the kernel who connected: this user and root may, whatever became of the socket's mode. Where the kernel
// does not tell, the mode alone holds.
func checkPeer(conn net.Conn) error {
	who, known, err := peer.Of(conn)
	if err == nil && known && who.UID != os.Geteuid() && who.UID != 0 {
		err = fmt.Errorf("only the user who runs the hub may speak to it, not uid %d", who.UID)
	}
	return err
}
