package control

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// run is what a hub does around its server: it ends the server when it is told to, and its lock last.
func run(t *testing.T, dir string, bounds bounds, drain <-chan struct{}) (*Client, *fakeHub) {
	t.Helper()
	hub := &fakeHub{stopped: make(chan struct{})}
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	server, err := serve(lock, hub, discard(), bounds)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		<-hub.stopped
		<-drain
		ended <- errors.Join(server.Close(), lock.Release())
	}()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	client, err := Dial([]string{server.Path()})
	if err != nil {
		t.Fatal(err)
	}
	return client, hub
}

// parity: Z10
func TestStopReturnsWhenTheLockIsFree(t *testing.T) {
	// The bounds on reading and writing are over long before the drain is.
	quick := bounds{request: 10 * time.Millisecond, answer: 10 * time.Millisecond, idle: time.Second, closing: 5 * time.Second}
	dir, drain := t.TempDir(), make(chan struct{})
	client, hub := run(t, dir, quick, drain)
	stopped := make(chan error, 1)
	go func() { stopped <- client.Stop(context.Background()) }()
	<-hub.stopped
	select {
	case err := <-stopped:
		t.Fatalf("returned before the drain: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(drain)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatalf("stop returned and the lock is held: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

// A socket may be reached by a link, and the lock lies beside the socket itself.
func TestStopByALinkWaitsForTheLockToo(t *testing.T) {
	dir, closed, release, ended := t.TempDir(), make(chan struct{}), make(chan struct{}), make(chan error, 1)
	hub := &fakeHub{stopped: make(chan struct{})}
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	server, err := Serve(lock, hub, discard())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-hub.stopped
		err := server.Close()
		close(closed)
		<-release
		ended <- errors.Join(err, lock.Release())
	}()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(server.Path(), link); err != nil {
		t.Fatal(err)
	}
	client, err := Dial([]string{link})
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- client.Stop(context.Background()) }()
	<-closed
	select {
	case err := <-stopped:
		t.Errorf("it returned while the lock was held: %v", err)
		stopped <- nil
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	if err := errors.Join(<-ended, <-stopped); err != nil {
		t.Error(err)
	}
}

func TestStopHonoursItsContext(t *testing.T) {
	drain := make(chan struct{})
	client, hub := run(t, t.TempDir(), usualBounds, drain)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- client.Stop(ctx) }()
	<-hub.stopped
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(drain)
}

func TestStopTellsThatTheHubWasKilled(t *testing.T) {
	dir := t.TempDir()
	hub := startHub(t, dir)
	client, err := Dial([]string{filepath.Join(dir, socketName)})
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- client.Stop(context.Background()) }()
	select {
	case err := <-stopped:
		t.Fatalf("returned while the hub lives: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	killHub(t, hub)
	if err := <-stopped; err == nil || !strings.Contains(err.Error(), "ended before it had drained") {
		t.Errorf("got %v", err)
	}
}

// A command that is under way when the server ends is told so, and its client gets an answer.
func TestClosingEndsACommandThatIsUnderWay(t *testing.T) {
	begun := make(chan struct{})
	hub := &fakeHub{switching: func(ctx context.Context, _ string, _ bool) error {
		close(begun)
		<-ctx.Done()
		return errors.New("the hub ends")
	}}
	lock, err := Acquire(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	server, err := Serve(lock, hub, discard())
	if err != nil {
		t.Fatal(err)
	}
	client, err := Dial([]string{server.Path()})
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() { answered <- client.SetEnabled(context.Background(), "a", false) }()
	<-begun
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-answered; err == nil || err.Error() != "the hub ends" {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(server.Path()); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// The answer's end is what tells that the hub has drained, so no bound on reading or writing may end it before.
func TestTheAnswerToStopOutlastsTheBounds(t *testing.T) {
	quick := bounds{request: 10 * time.Millisecond, answer: 10 * time.Millisecond, idle: time.Second, closing: 5 * time.Second}
	drain := make(chan struct{})
	client, _ := run(t, t.TempDir(), quick, drain)
	body, err := client.do(t.Context(), "POST", "/v1/stop", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, body)
		read <- err
	}()
	select {
	case err := <-read:
		t.Errorf("ended before the drain: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(drain)
	if err := <-read; err != nil {
		t.Errorf("cut off: %v", err)
	}
}
