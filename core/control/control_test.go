package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start runs a server for hub in dir and a client of it until the test ends.
func start(t *testing.T, dir string, hub Hub) (*Server, *Client) {
	t.Helper()
	return startWithin(t, dir, hub, usualBounds)
}

func startWithin(t *testing.T, dir string, hub Hub, bounds bounds) (*Server, *Client) {
	t.Helper()
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	server, err := serve(lock, hub, discard(), bounds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), lock.Release()); err != nil {
			t.Error(err)
		}
	})
	client, err := Dial([]string{server.Path()})
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

func TestSwitchingAnEndpoint(t *testing.T) {
	var told []bool
	hub := &fakeHub{switching: func(_ context.Context, name string, enabled bool) error {
		switch name {
		case "browsers":
			told = append(told, enabled)
			return nil
		case "broken":
			return errors.New("its plugin does not answer")
		}
		return UnknownEndpoint(name, []string{"browsers", "broken"})
	}}
	_, client := start(t, t.TempDir(), hub)
	if err := errors.Join(client.SetEnabled(t.Context(), "browsers", false), client.SetEnabled(t.Context(), "browsers", true)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(told, []bool{false, true}) {
		t.Errorf("the hub was told %v", told)
	}
	cases := []struct {
		name string
		want Error
	}{
		{"browser", Error{CodeUnknownEndpoint, `there is no endpoint "browser"`, "browsers"}},
		{"zzzzzz", Error{CodeUnknownEndpoint, `there is no endpoint "zzzzzz"`, ""}},
		{"broken", Error{CodeFailed, "its plugin does not answer", ""}},
		{"", Error{CodeBadRequest, `the body must be {"endpoint": NAME}`, ""}},
	}
	for _, c := range cases {
		var got *Error
		if err := client.SetEnabled(t.Context(), c.name, true); !errors.As(err, &got) || *got != c.want {
			t.Errorf("%q: %#v; want %#v", c.name, err, c.want)
		}
	}
}

// parity: Z10
// fault: B19
func TestWhatIsNoCommandIsRefused(t *testing.T) {
	server, client := start(t, t.TempDir(), &fakeHub{})
	cases := []struct {
		method, path string
		body         io.Reader
		status       int
		code         Code
	}{
		{"GET", "/", nil, 404, CodeUnknownCommand},
		{"POST", "/v1/reboot", nil, 404, CodeUnknownCommand},
		{"GET", "/v1/stop", nil, 400, CodeBadRequest},
		{"POST", "/v1/enable", strings.NewReader(`{`), 400, CodeBadRequest},
		{"POST", "/v1/enable", strings.NewReader(`{"endpoint":"a","x":1}`), 400, CodeBadRequest},
		{"POST", "/v1/enable", zeros(100 << 20), 413, CodeTooLarge},
		{"GET", "/v1/status", zeros(100 << 20), 413, CodeTooLarge},
		{"GET", "/v1/status", zeros(maxBody), 200, ""},
		{"GET", "/v1/status", zeros(maxBody + 1), 413, CodeTooLarge},
	}
	for _, c := range cases {
		request, err := http.NewRequestWithContext(t.Context(), c.method, "http://araldo"+c.path, c.body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.http.Do(request)
		if err != nil {
			t.Errorf("%s %s: %v", c.method, c.path, err)
			continue
		}
		var refused struct{ Error Error }
		err = json.NewDecoder(answer.Body).Decode(&refused)
		answer.Body.Close()
		if answer.StatusCode != c.status || refused.Error.Code != c.code || err != nil {
			t.Errorf("%s %s: %d %+v %v; want %d %s", c.method, c.path, answer.StatusCode, refused, err, c.status, c.code)
		}
	}
	if _, err := client.Status(t.Context()); err != nil {
		t.Errorf("%s no longer answers: %v", server.Path(), err)
	}
}

func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A peer that says nothing is cut at the bound and costs the others nothing.
func TestASilentPeerIsCut(t *testing.T) {
	quick := usualBounds
	quick.request = 20 * time.Millisecond
	server, client := startWithin(t, t.TempDir(), &fakeHub{}, quick)
	silent, err := net.Dial("unix", server.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if _, err := client.Status(t.Context()); err != nil {
		t.Error(err)
	}
	if err := silent.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(silent); err != nil {
		t.Errorf("not cut: %v", err)
	}
}

func TestALongPathIsAClearError(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	_, err = Serve(lock, &fakeHub{}, discard())
	if err == nil || !strings.Contains(err.Error(), "choose a shorter data-dir") || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
}

// The longest path that is allowed works, though the socket is made under a longer one.
func TestTheLongestPathWorks(t *testing.T) {
	base, err := os.MkdirTemp("", "a")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	dir := filepath.Join(base, strings.Repeat("d", maxSocketPath-len(base)-len(socketName)-2))
	server, _ := start(t, dir, &fakeHub{})
	if len(server.Path()) != maxSocketPath {
		t.Errorf("path of %d bytes", len(server.Path()))
	}
}

func TestSomethingElseInTheSocketsPlaceIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, socketName)
	if err := os.WriteFile(path, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if _, err := Serve(lock, &fakeHub{}, discard()); err == nil {
		t.Error("no error")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "dear" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestNobodyThereListsWhatWasTried(t *testing.T) {
	dir := t.TempDir()
	missing, stale := filepath.Join(dir, "missing"), filepath.Join(dir, "stale")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()
	_, err = Dial([]string{missing, stale})
	want := "no hub is running: tried " + missing + " (no such file), " + stale + " (nobody listens)"
	var none *NotRunningError
	if !errors.As(err, &none) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	server, _ := start(t, filepath.Join(dir, "data"), &fakeHub{})
	client, err := Dial([]string{missing, server.Path()})
	if err != nil || client.path != server.Path() {
		t.Errorf("%v, %v", client, err)
	}
}

// The child that a hub starts between lock and release must not keep the lock.
func TestChildrenDoNotInheritTheLock(t *testing.T) {
	dir := t.TempDir()
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, lock.file.Fd(), syscall.F_GETFD, 0)
	if errno != 0 || flags&syscall.FD_CLOEXEC == 0 {
		t.Errorf("flags %#x, %v", flags, errno)
	}
}
