package host

import (
	"context"
	"fmt"
	"time"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// inquiry finds a question's answer. It returns soon when ctx ends.
type inquiry func(ctx context.Context, answer *pluginv1.Answer) error

// about is what a question asks for; the error says why it is none. The endpoint's reader calls it.
func (s *stream) about(q *pluginv1.Question, now time.Time) (inquiry, error) {
	switch about := q.About.(type) {
	case *pluginv1.Question_Lookup:
		return s.lookup(about.Lookup.GetName()), nil
	case *pluginv1.Question_Marshal_:
		return s.convert(about.Marshal_, now, (*Marshalling).Marshal)
	case *pluginv1.Question_Unmarshal_:
		return s.convert(about.Unmarshal_, now, (*Marshalling).Unmarshal)
	}
	return nil, fmt.Errorf("%w: the hub knows no such question", core.ErrRefused)
}

func (s *stream) lookup(name string) inquiry {
	e := s.endpoint
	return func(ctx context.Context, answer *pluginv1.Answer) error {
		found, err := e.plugin.host.options.Desk.Lookup(ctx, e.instance.Name, printable(name, maxText))
		answer.Result = wire.ToFound(found)
		return err
	}
}

// convert has the messages of a question turned, after the same checks as those of lane 0.
func (s *stream) convert(q *pluginv1.ConversionQuestion, now time.Time,
	turn func(*Marshalling, context.Context, []core.Message, []string) ([]core.Message, []core.Fault, error),
) (inquiry, error) {
	e := s.endpoint
	messages, err := s.questioned(q.GetBatch())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", core.ErrRefused, err)
	}
	e.stamp(messages, now.UnixNano())
	return func(ctx context.Context, answer *pluginv1.Answer) error {
		m, err := e.plugin.host.options.Desk.Marshalling(ctx, printable(q.Marshalling, maxText))
		if err != nil {
			return err
		}
		turned, faults, err := turn(m, ctx, messages, e.instance.Trust)
		if err != nil {
			return err
		}
		answer.Result = toConversion(turned, faults)
		return nil
	}, nil
}

// questioned reads the messages of a question.
func (s *stream) questioned(b *pluginv1.Batch) ([]core.Message, error) {
	switch n := len(b.GetPayloads()); {
	case n == 0:
		return nil, fmt.Errorf("there is no message")
	case n > wire.QuestionMessages || n > 1 && b.SizeVT() > wire.FrameTarget+64<<10:
		return nil, fmt.Errorf("%d messages of %d bytes are too many", n, b.SizeVT())
	case len(b.Headers) > n:
		return nil, fmt.Errorf("%d headers for %d messages", len(b.Headers), n)
	}
	b.Sequence = 1 // there is no lane whose it could be
	sizes := s.endpoint.cleanHeaders(b.Headers)
	messages, err := wire.FromBatch(b, s.endpoint.instance.Name)
	if err != nil {
		return nil, err
	}
	limit := s.endpoint.plugin.host.options.MaxMessage
	for i := range messages {
		if len(messages[i].Payload)+headerSize(b, sizes, i) > limit {
			return nil, fmt.Errorf("message %d is larger than max-message", i)
		}
	}
	return messages, nil
}

func toConversion(turned []core.Message, faults []core.Fault) *pluginv1.Answer_Conversion {
	out := &pluginv1.ConversionAnswer{}
	for _, f := range faults {
		turned[f.Index].Payload, turned[f.Index].Header = nil, nil
		out.Errors = append(out.Errors, &pluginv1.MarshalError{Index: uint32(f.Index), Detail: f.Detail})
	}
	out.Batch = wire.ToBatch(0, 0, 1, turned)
	return &pluginv1.Answer_Conversion{Conversion: out}
}
