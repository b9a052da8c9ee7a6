package host

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// attachment is an endpoint's life on one process: a goroutine that keeps it open and its stream up.
type attachment struct {
	cancel context.CancelFunc
	done   chan struct{}
	// leaving: the instance is being closed here, so it is not opened again.
	leaving atomic.Bool
}

// end ends the attachment and waits for its goroutine.
func (a *attachment) end() {
	a.cancel()
	<-a.done
}

// attach begins the endpoint's life on a process if it is to be open. opened: the instance is open there already. The
// caller holds plugin.mu.
func (e *Endpoint) attach(proc *process, opened bool) {
	if !e.wanted {
		return
	}
	ctx, cancel := context.WithCancel(proc.ctx)
	a := &attachment{cancel: cancel, done: make(chan struct{})}
	e.attachment = a
	go e.serve(ctx, a, proc, opened)
}

// detached waits for the end of the attachment to a process that has ended.
func (e *Endpoint) detached() {
	e.plugin.mu.Lock()
	a := e.attachment
	e.plugin.mu.Unlock()
	if a != nil {
		<-a.done
	}
}

// serve opens the instance where it is not, and runs one stream after the other, until ctx ends: with the process or
// with the attachment. It is tried again with growing pauses, alone: its siblings have their own goroutines.
func (e *Endpoint) serve(ctx context.Context, a *attachment, proc *process, opened bool) {
	defer close(a.done)
	defer a.cancel()
	policy := e.plugin.restartPolicy()
	wait := pauses{initial: policy.Initial, max: policy.Max}
	for again := true; again; again = sleep(ctx, wait.next()) {
		if !opened {
			e.status.starting()
			if err := e.open(ctx, proc); err != nil {
				e.status.backoff(err)
				continue
			}
			if !e.planned.Swap(false) {
				e.status.reopened()
			}
			opened = true
		}
		began := time.Now()
		err := e.streams(ctx, proc)
		if ctx.Err() != nil || e.closed.Load() || a.leaving.Load() {
			return
		}
		if time.Since(began) >= e.plugin.host.limits.healthy {
			wait.reset()
		}
		opened = status.Code(err) != codes.NotFound
		e.status.interrupted(err)
	}
}

// stream runs one stream to its end and says why it ended.
func (e *Endpoint) stream(ctx context.Context, proc *process) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w, err := proc.client.Stream(ctx)
	if err != nil {
		return e.lostConnection(proc, err)
	}
	s := newStream(ctx, cancel, e, proc, w)
	s.up()
	err = s.run()
	e.heard.end()
	err = e.lostConnection(proc, err)
	s.down(proc.ended())
	return err
}

// lostConnection ends a process whose connection broke, and waits for its end: without it the process is of no use,
// and mostly it is dying already.
func (e *Endpoint) lostConnection(proc *process, err error) error {
	select {
	case <-proc.child.done: // the connection was closed because of that, which looks like a call that was given up
		<-proc.ctx.Done()
		return err
	default:
	}
	if status.Code(err) == codes.Unavailable {
		late := time.AfterFunc(dying, func() { proc.child.kill("its connection broke: " + plain(err).Error()) })
		defer late.Stop()
		<-proc.ctx.Done()
	}
	return err
}
