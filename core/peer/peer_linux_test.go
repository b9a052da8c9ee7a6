package peer

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// accepted is the side of a connection that a listener has, which this process made too.
func accepted(t *testing.T, network, address string) net.Conn {
	t.Helper()
	on, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	to, err := net.Dial(network, on.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	conn, err := on.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestWhoConnectedIsKnown(t *testing.T) {
	p, known, err := Of(accepted(t, "unix", filepath.Join(t.TempDir(), "s")))
	if want := (Process{PID: os.Getpid(), UID: os.Geteuid()}); p != want || !known || err != nil {
		t.Errorf("%+v, %v, %v; want %+v", p, known, err, want)
	}
	if _, known, err := Of(accepted(t, "tcp", "127.0.0.1:0")); known || err == nil {
		t.Errorf("by TCP: %v, %v", known, err)
	}
}
