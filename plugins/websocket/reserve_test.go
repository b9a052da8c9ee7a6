package websocket

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sys/unix"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// limitDescriptors takes a process all descriptors but those it has and spare more, until the function that it returns
// is called.
func limitDescriptors(t *testing.T, pid, spare int) (restore func()) {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	var before unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &before); err != nil {
		t.Fatal(err)
	}
	set := func(limit unix.Rlimit) {
		t.Helper()
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
			t.Fatal(err)
		}
	}
	set(unix.Rlimit{Cur: uint64(len(open) + spare), Max: before.Max})
	return func() { set(before) }
}

// fault: F10
func TestWithoutDescriptorsNewClientsGet503AndOldOnesLive(t *testing.T) {
	port := freePort(t)
	p := sdktest.InProcess(t)
	_, err := p.Client.Open(context.Background(), &pluginv1.OpenRequest{
		Instance: &pluginv1.InstanceConfig{Name: "w", Id: "endpoint-websocket",
			ConfigJson: fmt.Appendf(nil, `{"bind": "127.0.0.1", "port": %d, "path": "/ws"}`, port)},
		Enabled: true, Outbound: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	session := p.Attach(t, "w")
	session.OpenLane(t, 1, 1, core.LaneOptions{})
	url := fmt.Sprintf("http://127.0.0.1:%d/ws", port)
	dial := func() (*websocket.Conn, int) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		conn, answer, err := websocket.Dial(ctx, url, &websocket.DialOptions{
			HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
		if conn != nil {
			t.Cleanup(func() { conn.CloseNow() })
		}
		if answer == nil {
			t.Fatalf("no answer: %v", err)
		}
		return conn, answer.StatusCode
	}
	old, status := dial()
	if old == nil {
		t.Fatalf("status %d", status)
	}
	restore := limitDescriptors(t, p.PID(), 3)
	var last int
	for range 20 {
		if _, last = dial(); last == http.StatusServiceUnavailable {
			break
		}
	}
	if last != http.StatusServiceUnavailable {
		t.Fatalf("without descriptors a client got status %d", last)
	}
	// The next ones are told as well, a client that sends nothing holds them up for a moment only, and old ones live.
	silent, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for range 3 {
		if _, status := dial(); status != http.StatusServiceUnavailable {
			t.Errorf("status %d", status)
		}
	}
	session.Deliver(t, 1, 1, 1, []byte("still here"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, got, err := old.Read(ctx); err != nil || string(got) != "still here" {
		t.Errorf("the old client read %q, %v", got, err)
	}
	restore()
	for late := time.Now().Add(patience); ; {
		if conn, _ := dial(); conn != nil {
			return
		}
		if time.Now().After(late) {
			t.Fatal("with descriptors again nobody can connect")
		}
	}
}

// freePort returns a port that nobody listened on a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
