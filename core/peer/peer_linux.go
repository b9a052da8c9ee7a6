package peer

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// Of is the process that made a connection which this one accepted, a *net.UnixConn, as it was then. known is false where
// the system does not tell.
func Of(conn net.Conn) (p Process, known bool, err error) {
	unix, is := conn.(*net.UnixConn)
	if !is {
		return p, false, fmt.Errorf("%T is not a Unix socket", conn)
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return p, false, err
	}
	var told *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		told, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err == nil {
		err = os.NewSyscallError("getsockopt", failed)
	}
	if err != nil {
		return p, false, err
	}
	return Process{PID: int(told.Pid), UID: int(told.Uid)}, true, nil
}
