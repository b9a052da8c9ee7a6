package sdk

import (
	"errors"
	"io"
	"log/slog"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// PathError is a Marshaller's error with the place of the value at fault: a JSON pointer (RFC 6901).
type PathError struct {
	Path string
	Err  error
}

func (e *PathError) Error() string { return e.Err.Error() }

func (e *PathError) Unwrap() error { return e.Err }

// Marshal answers batches of canonical values with a format's bytes.
func (s *server) Marshal(g grpc.BidiStreamingServer[pluginv1.MarshalRequest, pluginv1.MarshalResponse]) error {
	var m Marshaller
	for {
		r, err := g.Recv()
		if err != nil {
			return endOfInput(err)
		}
		if m == nil {
			if m, err = s.marshaller(r.Name); err != nil {
				return err
			}
		}
		results, failures, err := convert(s.log, "Marshal", r.Batch, r.Source, m.Marshal)
		if err != nil {
			return err
		}
		answer := &pluginv1.MarshalResponse{Sequence: r.Sequence, Errors: failures, Payloads: make([][]byte, len(results))}
		for i := range results {
			answer.Payloads[i] = results[i].Payload
			if h := results[i].Header; h != nil {
				answer.ContentType = h.ContentType
			}
		}
		if err := g.Send(answer); err != nil {
			return err
		}
	}
}

// Unmarshal answers batches of a format's bytes with canonical values.
func (s *server) Unmarshal(g grpc.BidiStreamingServer[pluginv1.UnmarshalRequest, pluginv1.UnmarshalResponse]) error {
	var m Marshaller
	for {
		r, err := g.Recv()
		if err != nil {
			return endOfInput(err)
		}
		if m == nil {
			if m, err = s.marshaller(r.Name); err != nil {
				return err
			}
		}
		results, failures, err := convert(s.log, "Unmarshal", r.Batch, "", m.Unmarshal)
		if err != nil {
			return err
		}
		answer := &pluginv1.UnmarshalResponse{
			Sequence: r.Sequence, Errors: failures,
			Batch: wire.ToBatch(r.Batch.Lane, r.Batch.Epoch, r.Batch.Sequence, results),
		}
		if err := g.Send(answer); err != nil {
			return err
		}
	}
}

func endOfInput(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (s *server) marshaller(name string) (Marshaller, error) {
	i, err := s.find(name)
	if err != nil {
		return nil, err
	}
	o := i.opened.Load()
	if o == nil || o.marshaller == nil {
		return nil, status.Errorf(codes.FailedPrecondition, "%s is no open marshalling", name)
	}
	return o.marshaller, nil
}

// answerLimit keeps a batch's results within one frame.
const answerLimit = wire.FrameLimit - 64<<10

// convert calls f with each message. One that fails is an error of its own; in the results it has neither payload nor
// header.
func convert(log *slog.Logger, method string, b *pluginv1.Batch, source string, f func(Message) (Message, error)) ([]Message, []*pluginv1.MarshalError, error) {
	if b == nil {
		return nil, nil, status.Error(codes.InvalidArgument, "a request without a batch")
	}
	messages, err := wire.FromBatch(b, source)
	if err != nil {
		return nil, nil, status.Error(codes.InvalidArgument, err.Error())
	}
	var failures []*pluginv1.MarshalError
	room := answerLimit
	for i := range messages {
		var out Message
		err := guard(log, method, func() (err error) { out, err = f(messages[i]); return err })
		size := len(out.Payload) + overhead + sizeOnWire(out.Header)
		if err == nil && size > room {
			err = errors.New("the batch's results are larger than a frame")
		}
		if err != nil {
			failures = append(failures, marshalError(i, err))
			messages[i].Payload, messages[i].Header = nil, nil
			continue
		}
		room -= size
		messages[i].Payload, messages[i].Header = out.Payload, out.Header
	}
	return messages, failures, nil
}

func marshalError(index int, err error) *pluginv1.MarshalError {
	out := &pluginv1.MarshalError{Index: uint32(index), Detail: err.Error()}
	var at *PathError
	if errors.As(err, &at) {
		out.Path = at.Path
	}
	return out
}
