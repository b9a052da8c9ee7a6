package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Receiver reads what a place sends and checks it.
type Receiver struct {
	conn  net.Conn
	in    *bufio.Reader
	split splitter

	Tally *Tally
	ended chan struct{}
	err   error
	once  sync.Once
}

// NewReceiver connects to a place and subscribes. When it returns, what is sent from then on will be read.
func NewReceiver(ctx context.Context, place Place, tally *Tally) (*Receiver, error) {
	conn, in, err := dial(ctx, place.Address, place.Path)
	if err != nil {
		return nil, err
	}
	r := &Receiver{conn: conn, in: in, Tally: tally, ended: make(chan struct{})}
	if err := r.subscribe(place); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("%v: %w", place, err)
	}
	go r.run()
	return r, nil
}

func (r *Receiver) subscribe(place Place) error {
	pong := func(payload []byte) error {
		_, err := r.conn.Write(append(websocketHeader(opPong, len(payload)), payload...))
		return err
	}
	switch place.Kind {
	case WebSocket:
		r.split = splitWebSocket(pong, oneMessage)
		return nil
	case NATS:
		text := "PONG\r\n"
		r.split = splitWebSocket(pong, natsStream(func() error {
			_, err := r.conn.Write(append(websocketHeader(opBinary, len(text)), text...))
			return err
		}))
		return natsHello(r.conn, place.Subject)
	case Webdis:
		r.split = splitWebSocket(pong, webdisMessage(place.Subject))
		return webdisSubscribe(r.conn, place.Subject)
	case Channel:
		r.split = afterWord("message", 2)
		return subscribeChannel(r.conn, r.in, place.Subject)
	case Stream:
		return r.readStream(place.Subject)
	}
	return errors.New("unknown kind")
}

// subscribeChannel subscribes and waits for Redis's confirmation.
func subscribeChannel(conn net.Conn, in *bufio.Reader, channel string) error {
	if _, err := fmt.Fprintf(conn, "*2\r\n$9\r\nSUBSCRIBE\r\n$%d\r\n%s\r\n", len(channel), channel); err != nil {
		return err
	}
	for range 6 { // *3, $9, subscribe, $N, channel, :1
		if _, err := in.ReadString('\n'); err != nil {
			return err
		}
	}
	return nil
}

// run reads until the connection ends.
func (r *Receiver) run() {
	defer close(r.ended)
	var got buffer
	for {
		if err := got.fill(r.in); err != nil {
			r.err = err
			return
		}
		r.Tally.begin(time.Now())
		used, err := r.split(got.bytes(), r.Tally.take)
		r.Tally.end()
		if err != nil {
			r.err = err
			return
		}
		got.drop(used)
	}
}

// Ended is closed when the connection ended; Err tells why.
func (r *Receiver) Ended() <-chan struct{} { return r.ended }

// Err is why the connection ended. It may be called after Ended.
func (r *Receiver) Err() error { return r.err }

// Close ends the connection and waits for the reader.
func (r *Receiver) Close() {
	r.once.Do(func() { _ = r.conn.Close() })
	<-r.ended
}
