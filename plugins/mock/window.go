package mock

import (
	"encoding/binary"
	"io/fs"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// windowPatience is how long a full window waits for word. What was filtered or dropped on its way is never told of.
const windowPatience = 250 * time.Millisecond

// window bounds the messages under way. A mock elsewhere, which may be in another process, tells by a socket which
// message it received last; the numbers are those that the messages' ids end with.
type window struct {
	limit int64
	conn  *net.UnixConn
	told  atomic.Int64
	moved chan struct{} // capacity 1
	read  sync.WaitGroup
}

// openWindow listens. A socket that a process left there which was killed is no obstacle.
func openWindow(c *windowConfig, s sdk.Setting) (*window, error) {
	path := place(s, c.Socket)
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	w := &window{limit: int64(c.Messages), conn: conn, moved: make(chan struct{}, 1)}
	w.read.Go(w.listen)
	return w, nil
}

// listen returns when the socket is closed.
func (w *window) listen() {
	for word := make([]byte, 8); ; {
		n, err := w.conn.Read(word)
		if err != nil {
			return
		}
		if n == len(word) {
			w.advance(int64(binary.BigEndian.Uint64(word)))
		}
	}
}

// advance notes that messages up to a number are no longer under way.
func (w *window) advance(to int64) {
	if to <= w.told.Load() {
		return
	}
	w.told.Store(to)
	select {
	case w.moved <- struct{}{}:
	default:
	}
}

// room is how many messages may be made, none while less than a quarter of the window is free: they go in bursts.
func (w *window) room(made int64) int64 {
	free := w.limit - (made - w.told.Load())
	if free < max(1, w.limit/4) {
		return 0
	}
	return free
}

func (w *window) close() error {
	err := w.conn.Close()
	w.read.Wait()
	return err
}

// teller tells a window how far messages have come.
type teller struct {
	path string

	mu   sync.Mutex
	conn *net.UnixConn
}

// tell does its best: a window that is not there, or not any more, waits for nothing.
func (t *teller) tell(number int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == nil {
		conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: t.path, Net: "unixgram"})
		if err != nil {
			return
		}
		t.conn = conn
	}
	if _, err := t.conn.Write(binary.BigEndian.AppendUint64(nil, uint64(number))); err != nil {
		_ = t.conn.Close()
		t.conn = nil
	}
}

func (t *teller) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == nil {
		return nil
	}
	return t.conn.Close()
}
