package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo/notify"
	"github.com/araldo-relay/araldo/core/control"
)

// engine is a hub as a session uses it.
type engine interface {
	// Run blocks until the hub has ended; when ctx ends, it drains first.
	Run(ctx context.Context) error
	// Abort makes Run return at once.
	Abort()
	Status(ctx context.Context) control.Status
}

// session is one run of a hub under the signals of a terminal or a service manager.
type session struct {
	engine  engine
	ready   <-chan struct{}
	signals <-chan os.Signal
	// follow run beside the hub from ready on, until their context ends.
	follow []func(context.Context)
	// manager hears until the hub has ended that alive returns.
	manager *notify.Manager
	alive   func()
	// out gets the line that says where the hub is, errOut what the signals bring about.
	out, errOut io.Writer
}

// abortTime is what an aborted hub gets before the process ends without it; its plugins end with the process.
const abortTime = 2 * time.Second

// greetTime bounds the look at the endpoints that the first line needs.
const greetTime = 2 * time.Second

var errAborted = errors.New("ended by a second signal before everything was drained")

// run returns when the hub has ended. The first signal lets it drain, the second ends it at once with errAborted.
func (s *session) run() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.both(ctx) }()
	for ready := s.ready; ; {
		select {
		case <-ready:
			s.greet()
			ready = nil
		case err := <-ended:
			return err
		case signal := <-s.signals:
			fmt.Fprintf(s.errOut, "araldo: %s: draining; a second signal ends at once\n", signal)
			cancel()
			return s.drain(ended)
		}
	}
}

// both runs the hub and what follows it, until both have ended.
func (s *session) both(ctx context.Context) error {
	following, unfollow := context.WithCancel(ctx)
	// A drain may take longer than the watchdog's time.
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	var beside sync.WaitGroup
	beside.Go(func() { s.followReady(following) })
	beside.Go(func() { s.manager.Watch(watching, s.alive) })
	err := s.engine.Run(ctx)
	unfollow()
	unwatch()
	beside.Wait()
	return err
}

func (s *session) followReady(ctx context.Context) {
	select {
	case <-s.ready:
	case <-ctx.Done():
	}
	var all sync.WaitGroup
	for _, follow := range s.follow {
		all.Go(func() { follow(ctx) })
	}
	all.Wait()
}

func (s *session) drain(ended <-chan error) error {
	select {
	case err := <-ended:
		return err
	case <-s.signals:
	}
	s.engine.Abort()
	select {
	case <-ended:
	case <-time.After(abortTime):
	}
	return errAborted
}

// greet says that the hub is open, and where.
func (s *session) greet() {
	ctx, cancel := context.WithTimeout(context.Background(), greetTime)
	defer cancel()
	status := s.engine.Status(ctx)
	var places []string
	for _, e := range status.Endpoints {
		for _, claim := range e.Claims {
			if address, listens := strings.CutPrefix(claim, "listen:"); listens {
				places = append(places, fmt.Sprintf(", %s at %s", e.Name, address))
			}
		}
	}
	greeting := fmt.Sprintf("araldo is ready: %s, %s%s", counted(len(status.Endpoints), "endpoint"),
		counted(len(status.Routes), "route"), strings.Join(places, ""))
	fmt.Fprintln(s.out, greeting)
	s.manager.Status(greeting)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
