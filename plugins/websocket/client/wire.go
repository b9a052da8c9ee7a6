package client

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const (
	// chunk is what is written in one system call, and has the time of timing.stall.
	chunk = 64 << 10
	// enough is how many bytes may wait before senders do.
	enough = 256 << 10
)

var errStalled = errors.New("the server takes nothing")

// wire stands between the WebSocket library and the connection. What the library writes is gathered and written by one
// goroutine, as much at once as there is: a burst of messages costs one system call, and the library, whose frames end
// with a write, never waits for the server. Positions count the bytes since the beginning.
type wire struct {
	net.Conn
	timing *timing
	// failed is told once, by the writing goroutine, why nothing can be written any more.
	failed func(error)
	// rest is called before each read, resume after it, by the goroutine that reads. Both are nil during the handshake.
	rest, resume func()
	// silence is how long a read may wait; 0: for ever.
	silence time.Duration

	// wake holds a token while there may be something to write.
	wake chan struct{}
	done chan struct{}

	mu      sync.Mutex
	pending []byte
	// taken and written are positions: up to where the goroutine took and wrote.
	taken, written uint64
	closing        bool
	err            error
	// changed is closed when written or err changes; nil while nobody waits for that.
	changed chan struct{}
}

func newWire(conn net.Conn, t *timing, failed func(error)) *wire {
	return &wire{Conn: conn, timing: t, failed: failed, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Write takes all, without waiting.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	if w.closing {
		return 0, net.ErrClosed
	}
	w.pending = append(w.pending, p...)
	w.rouse()
	return len(p), nil
}

func (w *wire) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Close ends the reading at once, and the connection when what waits is written, or the grace is over.
func (w *wire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closing {
		w.closing = true
		_ = w.Conn.SetReadDeadline(time.Unix(1, 0))
		_ = w.Conn.SetWriteDeadline(time.Now().Add(w.timing.grace))
		w.rouse()
	}
	return nil
}

// abort ends the connection at once.
func (w *wire) abort() {
	_ = w.Conn.Close()
	_ = w.Close()
}

// run writes until the wire is closed or can't be written to.
func (w *wire) run() {
	defer close(w.done)
	var spare []byte
	for range w.wake {
		for {
			batch, last := w.take(spare)
			if spare = batch[:0]; cap(spare) > enough {
				spare = nil
			}
			if len(batch) == 0 && !last {
				break
			}
			if len(batch) == 0 {
				_ = w.Conn.Close()
				return
			}
			if err := w.writeOut(batch); err != nil {
				w.failed(err)
				_ = w.Conn.Close()
				return
			}
		}
	}
}

// take returns all that waits; last says that nothing will follow.
func (w *wire) take(spare []byte) (batch []byte, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	batch, w.pending = w.pending, spare
	w.taken += uint64(len(batch))
	return batch, w.closing
}

func (w *wire) writeOut(batch []byte) error {
	for len(batch) > 0 {
		w.arm()
		n, err := w.Conn.Write(batch[:min(len(batch), chunk)])
		w.advance(n, err)
		if err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// arm gives the next chunk its time, unless the closing set one.
func (w *wire) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closing {
		_ = w.Conn.SetWriteDeadline(time.Now().Add(w.timing.stall))
	}
}

func (w *wire) advance(n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written += uint64(n)
	if err != nil {
		w.err = err
	}
	if w.changed != nil {
		close(w.changed)
		w.changed = nil
	}
}

// position is the end of all that was given to Write.
func (w *wire) position() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.taken + uint64(len(w.pending))
}

// backlogged reports whether senders have to wait.
func (w *wire) backlogged() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.backlog() >= enough
}

func (w *wire) backlog() uint64 { return w.taken + uint64(len(w.pending)) - w.written }

// wait returns when what reached means is true, with an error when it never will be or ctx ends. reached is called with
// the lock held.
func (w *wire) wait(ctx context.Context, reached func() bool) error {
	for {
		w.mu.Lock()
		if reached() {
			w.mu.Unlock()
			return nil
		}
		if w.err != nil {
			defer w.mu.Unlock()
			return w.err
		}
		if w.changed == nil {
			w.changed = make(chan struct{})
		}
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-w.done:
			return net.ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// room waits until there is room for one more message.
func (w *wire) room(ctx context.Context) error {
	return w.wait(ctx, func() bool { return w.backlog() < enough })
}

// flushed waits until all up to a position is written.
func (w *wire) flushed(ctx context.Context, position uint64) error {
	return w.wait(ctx, func() bool { return w.written >= position })
}

// reached is up to where the connection took what was written.
func (w *wire) reached() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written
}

// errEnded stands for io.EOF, which the library takes for the end of a message also in the middle of one: what a server
// had begun when its connection ended would pass for a whole message.
var errEnded = errors.New("the server ended the connection without a close frame")

// Read reads for the library, which asks for more only when it has handed out all that it read before.
func (w *wire) Read(p []byte) (int, error) {
	if w.rest == nil {
		return w.Conn.Read(p)
	}
	w.rest()
	defer w.resume()
	if err := w.patience(); err != nil {
		return 0, err
	}
	n, err := w.Conn.Read(p)
	if err == io.EOF {
		err = errEnded
	}
	return n, err
}

// patience sets the deadline of a read.
func (w *wire) patience() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing || w.silence == 0 {
		return nil
	}
	return w.Conn.SetReadDeadline(time.Now().Add(w.silence))
}
