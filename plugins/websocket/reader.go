package websocket

import (
	"context"
	"errors"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

var errNotUTF8 = errors.New("text is not UTF-8")

// scratch holds what is being read. It grows with what arrives, never with what a frame claims.
type scratch struct {
	data []byte
	// ends[i] is where message i ends in data; text[i] says of what kind it is.
	ends []int
	text []bool
}

const (
	scratchStart = 4 << 10
	scratchKept  = 256 << 10
)

var scratches = sync.Pool{New: func() any { return &scratch{data: make([]byte, 0, scratchStart)} }}

func (s *scratch) free() {
	if cap(s.data) > scratchKept {
		return
	}
	s.data, s.ends, s.text = s.data[:0], s.ends[:0], s.text[:0]
	scratches.Put(s)
}

// read brings the client's messages to the hub until the connection ends, and returns why it did.
func (c *conn) read() error {
	for {
		kind, from, err := c.ws.Reader(context.Background())
		if err != nil {
			return err
		}
		messages, err := c.gather(kind, from)
		c.hand(messages)
		if err != nil {
			return err
		}
		c.mark()
	}
}

// hand gives messages to the hub and waits for its credit. What comes after the close frame is nobody's any more.
func (c *conn) hand(messages []sdk.Message) {
	if len(messages) == 0 {
		return
	}
	c.held.Store(true)
	if isClosed(c.parting) || !c.endpoint.inlet.Deliver(messages, c.endpoint.closed) {
		c.endpoint.tally.discarded.Add(uint64(len(messages)))
	}
	c.held.Store(false)
}

// gather reads the message that from begins, and those that have arrived whole behind it. With an error it returns
// those before it.
func (c *conn) gather(kind websocket.MessageType, from io.Reader) ([]sdk.Message, error) {
	s := scratches.Get().(*scratch)
	defer s.free()
	for {
		c.inside = true
		err := s.readMessage(kind == websocket.MessageText, from)
		c.inside = false
		if err != nil {
			return c.messages(s), err
		}
		if len(s.ends) == gatherMessages || len(s.data) >= gatherBytes || !c.hasAnother() {
			return c.messages(s), nil
		}
		if kind, from, err = c.ws.Reader(context.Background()); err != nil {
			return c.messages(s), err
		}
	}
}

func (c *conn) hasAnother() bool {
	buffered, _ := c.reader.Peek(c.reader.Buffered())
	return holdsMessage(buffered)
}

// messages copies what was read: one allocation for all payloads, one for the messages.
func (c *conn) messages(s *scratch) []sdk.Message {
	if len(s.ends) == 0 {
		return nil
	}
	data := append([]byte(nil), s.data[:s.ends[len(s.ends)-1]]...)
	messages := make([]sdk.Message, len(s.ends))
	start := 0
	for i, end := range s.ends {
		header := c.kind(s.text[i])
		messages[i] = sdk.Message{Header: header, Payload: data[start:end:end]}
		start = end
	}
	return messages
}

// readMessage appends one message. Text must be UTF-8 (RFC 6455 section 8.1).
func (s *scratch) readMessage(text bool, from io.Reader) error {
	start := len(s.data)
	for {
		if len(s.data) == cap(s.data) {
			s.data = append(s.data, 0)[:len(s.data)]
		}
		n, err := from.Read(s.data[len(s.data):cap(s.data)])
		s.data = s.data[:len(s.data)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if text && !utf8.Valid(s.data[start:]) {
		return errNotUTF8
	}
	s.ends, s.text = append(s.ends, len(s.data)), append(s.text, text)
	return nil
}
