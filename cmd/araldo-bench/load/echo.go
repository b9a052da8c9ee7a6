package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
)

// Echo is the back end of a round trip: what is published in one Redis channel it publishes in another.
type Echo struct {
	heard, spoken net.Conn
	all           sync.WaitGroup
}

// NewEcho connects and subscribes. When it returns, the back end answers.
func NewEcho(ctx context.Context, address, from, to string) (*Echo, error) {
	heard, in, err := dial(ctx, address, "")
	if err != nil {
		return nil, err
	}
	spoken, replies, err := dial(ctx, address, "")
	if err != nil {
		_ = heard.Close()
		return nil, err
	}
	e := &Echo{heard: heard, spoken: spoken}
	if err := subscribeChannel(heard, in, from); err != nil {
		e.Close()
		return nil, err
	}
	e.all.Go(func() { _, _ = io.Copy(io.Discard, replies) })
	e.all.Go(func() { e.answer(in, to) })
	return e, nil
}

// answer publishes what it hears, as it stands, until the connection ends.
func (e *Echo) answer(in *bufio.Reader, to string) {
	split := afterWord("message", 2)
	var got buffer
	for {
		if got.fill(in) != nil {
			return
		}
		used, err := split(got.bytes(), func(message []byte) {
			_, _ = fmt.Fprintf(e.spoken, "*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(to), to, len(message), message)
		})
		if err != nil {
			return
		}
		got.drop(used)
	}
}

// Close ends the back end.
func (e *Echo) Close() {
	_ = e.heard.Close()
	_ = e.spoken.Close()
	e.all.Wait()
}
