package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

var (
	errNotUTF8 = errors.New("the server sent a text that is not UTF-8")
	errLeaving = errors.New("the endpoint is closed")
)

// The bounds of what is handed to the hub in one piece.
const (
	gatherMessages = 256
	gatherBytes    = 64 << 10
)

// gathering is the messages that have arrived and are not with the hub yet. Whenever the library has to wait for the
// server for more, and at the bounds, they are handed over. Only the reading goroutine uses it.
type gathering struct {
	session *session
	// turn: the reader has the intake's turn. Without it, it only looks for the connection's end.
	turn bool
	// part is the message being read. data holds the whole ones, ends[i] is where message i ends and text[i] its kind.
	part, data []byte
	ends       []int
	text       []bool
	messages   []sdk.Message
}

// read brings the server's messages to the hub until the connection ends, and ends the session.
func (s *session) read() {
	g := &s.gathering
	g.resume()
	for {
		kind, from, err := s.ws.Reader(context.Background())
		if err == nil {
			err = g.take(kind == websocket.MessageText, from)
		}
		if err != nil {
			s.end(err)
			g.rest()
			return
		}
	}
}

// take reads one message. What it holds grows with what arrives, never with what a frame claims.
func (g *gathering) take(text bool, from io.Reader) error {
	g.part = g.part[:0]
	for {
		if len(g.part) == cap(g.part) {
			g.part = append(g.part, 0)[:len(g.part)]
		}
		n, err := from.Read(g.part[len(g.part):cap(g.part)])
		g.part = g.part[:len(g.part)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if text && !utf8.Valid(g.part) {
		return errNotUTF8
	}
	g.data = append(g.data, g.part...)
	g.ends, g.text = append(g.ends, len(g.data)), append(g.text, text)
	if len(g.ends) >= gatherMessages || len(g.data) >= gatherBytes {
		g.flush()
	}
	return nil
}

// flush hands the messages to the hub, which may make it wait: then nobody reads, and the server is held back.
func (g *gathering) flush() {
	if len(g.ends) == 0 {
		return
	}
	data, start := bytes.Clone(g.data), 0
	for i, end := range g.ends {
		header := g.session.binary
		if g.text[i] {
			header = g.session.text
		}
		g.messages = append(g.messages, sdk.Message{Header: header, Payload: data[start:end:end]})
		start = end
	}
	e := g.session.endpoint
	if g.turn && e.intake.deliver(g.messages) {
		e.received.Add(uint64(len(g.messages)))
	} else {
		e.discarded.Add(uint64(len(g.messages)))
	}
	clear(g.messages)
	g.messages, g.ends, g.text, g.data = g.messages[:0], g.ends[:0], g.text[:0], g.data[:0]
	if cap(g.data) > 4*gatherBytes {
		g.data, g.part = nil, nil
	}
}

// rest is called when the library waits for the server, and at the end.
func (g *gathering) rest() {
	g.flush()
	if g.turn {
		g.turn = false
		g.session.endpoint.intake.release()
	}
}

// resume is called when something has come.
func (g *gathering) resume() {
	if !g.turn {
		g.turn = g.session.endpoint.intake.acquire(g.session.parting)
	}
}

// isProtocol reports whether the library complained about what the server sent.
func isProtocol(err error) bool {
	for _, words := range [...]string{"rsv bits", "opcode", "control frame", "close payload", "continuation", "masked"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
