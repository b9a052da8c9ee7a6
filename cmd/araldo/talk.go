package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// talk is one connection between a terminal and a server.
type talk struct {
	connection *websocket.Conn
	out        screen
	errOut     io.Writer
	// heard has something in it when a message has come since it was last empty.
	heard chan struct{}
}

// run returns when one side has ended and what was on its way has come.
func (t *talk) run(ctx context.Context, input io.Reader, listen bool) error {
	closed, written := make(chan error, 1), make(chan error, 1)
	go func() { closed <- t.read() }()
	// A read of a terminal can't be interrupted: at the program's end the goroutine is left to it.
	go func() { written <- t.write(ctx, input) }()
	for {
		select {
		case err := <-closed:
			return t.farewell(err)
		case <-ctx.Done():
			return t.leave(closed)
		case err := <-written:
			if err != nil {
				return t.farewell(<-closed)
			}
			if !listen {
				return t.linger(ctx, closed)
			}
		}
	}
}

// linger waits until nothing has come for a while.
func (t *talk) linger(ctx context.Context, closed chan error) error {
	for quiet := time.NewTimer(lingerTime); ; {
		select {
		case err := <-closed:
			return t.farewell(err)
		case <-t.heard:
			quiet.Reset(lingerTime)
		case <-quiet.C:
			return t.leave(closed)
		case <-ctx.Done():
			return t.leave(closed)
		}
	}
}

// leave closes the connection in good order.
func (t *talk) leave(closed chan error) error {
	_ = t.connection.Close(websocket.StatusNormalClosure, "") // an answer that does not come changes nothing now
	<-closed
	return nil
}

// farewell says how the server ended the connection.
func (t *talk) farewell(err error) error {
	var end websocket.CloseError
	if !errors.As(err, &end) {
		return fmt.Errorf("the connection broke: %w", err)
	}
	text := fmt.Sprintf("the server closed the connection with %d", int(end.Code))
	if end.Reason != "" {
		text += ": " + plain(end.Reason)
	}
	if end.Code == websocket.StatusNormalClosure || end.Code == websocket.StatusGoingAway {
		fmt.Fprintf(t.errOut, "araldo: %s\n", text)
		return nil
	}
	return errors.New(text)
}

// read prints what comes until the connection ends.
func (t *talk) read() error {
	for {
		kind, payload, err := t.connection.Read(context.Background())
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(t.out.w, t.shown(kind, payload)); err != nil {
			return err
		}
		select {
		case t.heard <- struct{}{}:
		default:
		}
	}
}

// shown is a message as it is printed: text as it is for a pipe, with nothing that steers the terminal for a terminal;
// what is binary and no text is escaped.
func (t *talk) shown(kind websocket.MessageType, payload []byte) string {
	switch {
	case kind == websocket.MessageBinary && !utf8.Valid(payload):
		return escaped(payload)
	case t.out.terminal:
		return plain(string(payload))
	}
	return string(payload)
}

// write sends each line.
func (t *talk) write(ctx context.Context, input io.Reader) error {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadString('\n')
		if text := strings.TrimRight(line, "\r\n"); text != "" || line != "" && err == nil {
			if failed := t.connection.Write(ctx, websocket.MessageText, []byte(text)); failed != nil {
				return failed
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the input: %w", err)
		}
	}
}
