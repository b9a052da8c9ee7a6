package host

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// stream is one Stream call of an endpoint. Its reader is the goroutine that calls up, run and down, and the only one
// that calls the inlet; beside it work a writer and a watcher.
type stream struct {
	endpoint *Endpoint
	process  *process
	wire     grpc.BidiStreamingClient[pluginv1.StreamRequest, pluginv1.StreamResponse]
	ctx      context.Context
	cancel   context.CancelCauseFunc

	awake   chan struct{} // capacity 1: there is something to write
	arrived arrivals
	// inbound is nil while the endpoint's inbound was not used on it.
	inbound atomic.Pointer[inbound]

	mu    sync.Mutex
	lanes []*lane // by ascending number
	// highest is the highest number of a lane that was ever opened on it.
	highest uint32
	// waiting are the lanes that have something, the one to be served first in front; lent those of which the frame that
	// was made last has something.
	waiting, lent []*lane

	opens  []*pluginv1.LaneOpen
	closes []uint32
	beat   bool
	// made counts the frames that were made for the plugin.
	made      uint64
	questions questions

	// asked are the goroutines that look for answers.
	asked sync.WaitGroup
}

func newStream(ctx context.Context, cancel context.CancelCauseFunc, e *Endpoint, proc *process,
	w grpc.BidiStreamingClient[pluginv1.StreamRequest, pluginv1.StreamResponse]) *stream {
	return &stream{endpoint: e, process: proc, wire: w, ctx: ctx, cancel: cancel, awake: make(chan struct{}, 1)}
}

// open begins a lane's next epoch. The caller holds the lock.
func (s *stream) open(l *lane) {
	l.slot.epoch++
	l.begin(l.slot.epoch)
	s.opens = append(s.opens, wire.ToLaneOpen(l.slot.number, l.epoch, l.slot.options))
}

// up tells the lanes' users that a stream stands.
func (s *stream) up() {
	s.endpoint.status.ready()
	s.endpoint.heard.now()
	s.endpoint.roster.begin(s)
}

// run moves frames until the stream ends, and says why it did.
func (s *stream) run() error {
	var beside sync.WaitGroup
	beside.Go(s.write)
	beside.Go(s.watch)
	err := s.read()
	if cause := context.Cause(s.ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	s.cancel(err)
	beside.Wait()
	s.asked.Wait()
	if in := s.inbound.Load(); in != nil {
		in.end()
	}
	var broken *violation
	switch {
	case errors.As(err, &broken):
		s.endpoint.status.refuse(broken.refusal)
	case errors.Is(err, io.EOF):
		return errors.New("the plugin ended it")
	case tooLarge(err):
		s.endpoint.status.refuse(resetFrame)
	}
	return err
}

// tooLarge reports whether gRPC refused a frame of the plugin's: by its size, or because it can't be decoded.
func tooLarge(err error) bool {
	code := status.Code(err)
	return code == codes.ResourceExhausted || code == codes.Internal
}

// down tells the lanes' users that the stream has ended.
func (s *stream) down(pluginDied bool) { s.endpoint.roster.end(s, pluginDied) }

// watch sends heartbeats and ends a process that sends no frame for too long. It counts its own ticks instead of
// looking at the clock, so that a machine that was asleep finds its plugins alive.
func (s *stream) watch() {
	limits := s.endpoint.plugin.host.limits
	ticker := time.NewTicker(limits.beat)
	defer ticker.Stop()
	quiet, last := 0, uint64(0)
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
		}
		s.sendBeat()
		frames := s.arrived.total()
		if frames != last {
			quiet, last = 0, frames
			continue
		}
		quiet++
		// What stands still in a debugger is not dead.
		if time.Duration(quiet)*limits.beat >= limits.dead && !s.process.child.foreign {
			s.process.child.kill("it sent no frame for " + limits.dead.String())
			return
		}
	}
}

func (s *stream) sendBeat() {
	s.mu.Lock()
	s.beat = true
	s.mu.Unlock()
	s.wake()
}

// flush has gathered receipts sent now, and returns how many frames the plugin has had when they are with it.
func (s *stream) flush() (frames uint64) {
	if in := s.inbound.Load(); in != nil {
		in.flush()
	}
	s.mu.Lock()
	s.beat = true // so that there is a next frame
	frames = s.made + 1
	s.mu.Unlock()
	s.wake()
	return frames
}

// wake says that there is something to write now.
func (s *stream) wake() {
	select {
	case s.awake <- struct{}{}:
	default:
	}
}
