package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// fakeEngine is a hub whose drain takes as long as its test says.
type fakeEngine struct {
	fails   error
	started chan struct{}
	drained chan struct{}
	aborted chan struct{}
	// deaf: Abort does not end Run.
	deaf bool
}

func newFakeEngine() *fakeEngine {
	return &fakeEngine{started: make(chan struct{}), drained: make(chan struct{}), aborted: make(chan struct{})}
}

func (f *fakeEngine) Run(ctx context.Context) error {
	if f.fails != nil {
		return f.fails
	}
	close(f.started)
	<-ctx.Done()
	select {
	case <-f.drained:
		return nil
	case <-f.aborted:
		return errors.New("aborted")
	}
}

func (f *fakeEngine) Abort() {
	if !f.deaf {
		close(f.aborted)
	}
}

func (f *fakeEngine) Status(context.Context) control.Status {
	return control.Status{
		Endpoints: []control.Endpoint{{Name: "browsers", Claims: []string{"listen:127.0.0.1:1/ws", "file:/x"}}, {Name: "orders"}},
		Routes:    []control.Route{{Inbound: "orders"}},
	}
}

// runSession runs a session under the signals and returns how it ended and what it wrote.
func runSession(f *fakeEngine, signals ...os.Signal) (out, errOut string, err error) {
	var outs, errs bytes.Buffer
	received := make(chan os.Signal)
	s := session{engine: f, ready: f.started, signals: received, out: &outs, errOut: &errs}
	ended := make(chan error)
	go func() { ended <- s.run() }()
	synctest.Wait()
	for _, signal := range signals {
		received <- signal
		synctest.Wait()
	}
	err = <-ended
	return outs.String(), errs.String(), err
}

// parity: A21
func TestTheFirstSignalDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeEngine()
		time.AfterFunc(time.Minute, func() { close(f.drained) })
		begun := time.Now()
		out, errOut, err := runSession(f, syscall.SIGTERM)
		if err != nil || time.Since(begun) != time.Minute {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		if out != "araldo is ready: 2 endpoints, 1 route, browsers at 127.0.0.1:1/ws\n" {
			t.Errorf("out: %q", out)
		}
		if !strings.Contains(errOut, "a second signal ends at once") {
			t.Errorf("errOut: %q", errOut)
		}
	})
}

// parity: A21
func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		_, _, err := runSession(newFakeEngine(), syscall.SIGINT, syscall.SIGTERM)
		if !errors.Is(err, errAborted) || time.Since(begun) != 0 {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	})
}

func TestAHubThatDoesNotAbortIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeEngine()
		f.deaf = true
		begun := time.Now()
		_, _, err := runSession(f, syscall.SIGINT, syscall.SIGINT)
		if !errors.Is(err, errAborted) || time.Since(begun) != abortTime {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		close(f.drained)
	})
}

func TestAHubThatCannotRunEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeEngine()
		f.fails = &control.HeldError{Path: "/d/araldo.lock", PID: 7}
		out, _, err := runSession(f)
		if !errors.Is(err, f.fails) || out != "" {
			t.Errorf("%v, %q", err, out)
		}
	})
}

func TestWhatFollowsAHubRunsFromReadyOnAndEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeEngine()
		var errs bytes.Buffer
		signals, following := make(chan os.Signal), make(chan struct{})
		var last time.Duration
		begun := time.Now()
		s := session{engine: f, ready: f.started, signals: signals, out: &errs, errOut: &errs, follow: []func(context.Context){func(ctx context.Context) {
			close(following)
			<-ctx.Done()
			time.Sleep(time.Second) // it may be in the middle of something
			last = time.Since(begun)
		}}}
		ended := make(chan error)
		go func() { ended <- s.run() }()
		<-following
		close(f.drained)
		signals <- syscall.SIGTERM
		if err := <-ended; err != nil || last != time.Second || time.Since(begun) != last {
			t.Errorf("%v after %s, it ended after %s", err, time.Since(begun), last)
		}
	})
}
