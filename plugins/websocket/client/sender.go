package client

import (
	"context"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// span is where a message's frame stands on the wire: it ends at least at from plus its size, at most at until, because
// the library may put a pong of its own before it or behind it.
type span struct{ least, until uint64 }

// send puts the messages on the wire and returns when the connection took them all. Of those that it did not take, the
// server has no whole message, so they are as good as not attempted.
func (s *session) send(ctx context.Context, messages []sdk.Message) error {
	select {
	case s.sending <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	spans, err := s.put(ctx, messages)
	<-s.sending
	if err == nil {
		err = s.wire.flushed(ctx, spans[len(spans)-1].until)
	}
	if err == nil {
		return nil
	}
	for _, end := range []<-chan struct{}{s.parting, s.wire.done} { // then it is known why and how far
		select {
		case <-end:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.outcome(messages, spans)
}

// put gives the messages to the library, as many as it takes. The caller holds the right to send.
func (s *session) put(ctx context.Context, messages []sdk.Message) ([]span, error) {
	spans := make([]span, 0, len(messages))
	for i := range messages {
		if err := s.wire.room(ctx); err != nil {
			return spans, err
		}
		before := s.wire.position()
		kind := kindOf(&messages[i], s.endpoint.config.Frames)
		if err := s.ws.Write(context.Background(), kind, messages[i].Payload); err != nil { // it does not wait
			return spans, err
		}
		spans = append(spans, span{before + frameSize(len(messages[i].Payload)), s.wire.position()})
	}
	return spans, nil
}

// outcome says which messages the connection took before it ended.
func (s *session) outcome(messages []sdk.Message, spans []span) error {
	detail := s.endpoint.health.describe(s.why)
	reached := s.wire.reached()
	var failed []sdk.Exception
	for i := range messages {
		if i < len(spans) && spans[i].until <= reached {
			continue
		}
		f := notSent(detail)
		if i < len(spans) && spans[i].least <= reached {
			f.Attempted = core.AttemptedUnknown
		}
		failed = append(failed, sdk.Exception{Index: i, Count: 1, Outcome: core.OutcomeFailed, Failure: f})
	}
	if failed == nil {
		return nil
	}
	return &sdk.SendError{Exceptions: failed}
}

// kindOf chooses text or binary. What is not UTF-8 is never sent as text: the server would have to end the connection.
func kindOf(m *sdk.Message, frames string) websocket.MessageType {
	if frames == "binary" || frames == "auto" && m.Attribute("kind") == "binary" || !utf8.Valid(m.Payload) {
		return websocket.MessageBinary
	}
	return websocket.MessageText
}

// frameSize is what a client's frame with a payload of n bytes takes (RFC 6455 section 5.2).
func frameSize(n int) uint64 {
	const header, mask = 2, 4
	switch {
	case n <= 125:
		return uint64(header + mask + n)
	case n <= 1<<16-1:
		return uint64(header + 2 + mask + n)
	}
	return uint64(header + 8 + mask + n)
}
