package control

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// asHelper, when set, makes the test binary a hub that holds the lock of that directory until it is killed.
const asHelper = "ARALDO_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asHelper); dir != "" {
		hold(dir)
	}
	goleak.VerifyTestMain(m)
}

// hold runs a hub that never ends by itself and tells on standard output that it listens.
func hold(dir string) {
	lock, err := Acquire(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if _, err := Serve(lock, &fakeHub{}, discard()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("listening")
	select {}
}

// fakeHub remembers what it was told.
type fakeHub struct {
	status  Status
	stopped chan struct{}
	// switching, where set, is SetEnabled.
	switching func(ctx context.Context, name string, enabled bool) error
	// restarting, where set, is RestartPlugin.
	restarting func(ctx context.Context, name string) error
	// reloading, where set, is Reload.
	reloading func(ctx context.Context, dryRun bool) (Reload, error)
	// tapping and sending, where set, are Tap and Send.
	tapping func(ctx context.Context, request TapRequest, show func([]TapEvent) error) error
	sending func(ctx context.Context, name string, m Message) (Sent, error)
	// replaying, where set, is Replay.
	replaying func(ctx context.Context, request ReplayRequest, show func([]Replayed) error) error
	// profiling, where set, is Profile.
	profiling func(ctx context.Context, request ProfileRequest, w io.Writer) error
}

func (f *fakeHub) Status(context.Context) Status { return f.status }

func (f *fakeHub) Stop() {
	if f.stopped != nil {
		close(f.stopped)
	}
}

func (f *fakeHub) SetEnabled(ctx context.Context, name string, enabled bool) error {
	return f.switching(ctx, name, enabled)
}

func (f *fakeHub) Tap(ctx context.Context, request TapRequest, show func([]TapEvent) error) error {
	return f.tapping(ctx, request, show)
}

func (f *fakeHub) Send(ctx context.Context, name string, m Message) (Sent, error) {
	return f.sending(ctx, name, m)
}

func (f *fakeHub) Replay(ctx context.Context, request ReplayRequest, show func([]Replayed) error) error {
	return f.replaying(ctx, request, show)
}
