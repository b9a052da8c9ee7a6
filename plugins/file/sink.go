package file

import (
	"context"
	"errors"
	"fmt"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// sink gives messages to the writer, one Send at a time.
type sink struct {
	writer *writer
	health health
	chunk  chunk
	// turn holds a value while nobody writes; a channel, so that waiting for it honours a context.
	turn   chan struct{}
	closed bool
}

var errClosed = errors.New("the endpoint is closed")

func newSink(w *writer, h health) sink {
	s := sink{writer: w, health: h, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// send writes all messages, as a rule with one call. What was not written whole is named by the error.
func (s *sink) send(ctx context.Context, messages []sdk.Message) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return notWritten(ctx.Err(), core.AttemptedNo)
	}
	defer func() { s.turn <- struct{}{} }()
	if s.closed {
		return notWritten(errClosed, core.AttemptedNo)
	}
	var exceptions []sdk.Exception
	for at := 0; at < len(messages); {
		if failure := s.chunk.fill(messages[at:], s.writer); failure != nil {
			exceptions = append(exceptions, failed(at, 1, failure))
			at++
			continue
		}
		written, failure := s.writer.write(&s.chunk)
		at += written
		if failure != nil {
			s.health.failed(failure)
			exceptions = append(exceptions, failed(at, len(messages)-at, failure))
			break
		}
		s.health.well()
	}
	if exceptions == nil {
		return nil
	}
	return &sdk.SendError{Exceptions: exceptions}
}

// close waits for the write in progress and closes the files.
func (s *sink) close(ctx context.Context) error {
	select {
	case <-s.turn:
		s.closed = true
		s.writer.close()
		s.turn <- struct{}{}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("a write did not return: %w", ctx.Err())
	}
}

func failed(index, count int, f *sdk.Failure) sdk.Exception {
	return sdk.Exception{Index: index, Count: count, Outcome: core.OutcomeFailed, Failure: f}
}

// notWritten is a failure of the folder, not of a message.
func notWritten(cause error, attempted core.Attempted) *sdk.Failure {
	return &sdk.Failure{Class: core.FailureRetryable, Scope: core.ScopeEndpoint, Attempted: attempted, Detail: cause.Error()}
}
