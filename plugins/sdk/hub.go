package sdk

import (
	"context"
	"errors"
	"fmt"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Found is what an endpoint learns of another one that it looks up.
type Found = core.Found

// Why the hub has no answer; errors.Is tells them apart.
var (
	// ErrUnknown: no endpoint, or no marshalling that an endpoint uses, has this name.
	ErrUnknown = core.ErrUnknown
	// ErrStopping: the endpoint, or the hub, is about to end.
	ErrStopping = core.ErrStopping
	// ErrUnavailable: the hub can't answer now, or did not in time; the same question may be answered later.
	ErrUnavailable = core.ErrUnavailable
	// ErrRefused: the question is none, or too large, or the hub is older than this SDK and answers no questions.
	ErrRefused = core.ErrRefused
)

// Hub answers what an endpoint asks about other parts of its hub, over the endpoint's own stream: plugins never speak to
// each other. Its methods may be called by any goroutine, but not in the function that opens the endpoint: all are opened
// before any may ask. They block until the hub answers or ctx ends, 10 s at most, also while the stream is interrupted. The hub takes a few questions
// at a time, others wait for their turn. The zero value answers nothing.
type Hub struct{ instance *instance }

// Lookup finds another endpoint by its name. One that is disabled is enabled first, until the hub ends; the hub logs who
// asked for it. An endpoint that can't reach its other side is found all the same: see Found.State.
func (h Hub) Lookup(ctx context.Context, name string) (Found, error) {
	question := &pluginv1.Question{About: &pluginv1.Question_Lookup{Lookup: &pluginv1.LookupQuestion{Name: name}}}
	answer, err := h.ask(ctx, "Lookup", question)
	if err != nil {
		return Found{}, fmt.Errorf("look up endpoint %s: %w", name, err)
	}
	return wire.FromFound(answer.GetLookup()), nil
}

// Marshal turns canonical values into the bytes of a marshalling that some endpoint of the configuration names: one
// message for each, the same but for payload and header. Those that can't be turned are named by a fault and have neither.
func (h Hub) Marshal(ctx context.Context, marshalling string, messages []Message) ([]Message, []Fault, error) {
	return h.convert(ctx, "Marshal", marshalling, messages, core.ReasonUnencodable)
}

// Unmarshal turns bytes in the format of a marshalling into canonical values, as Marshal does the other way.
func (h Hub) Unmarshal(ctx context.Context, marshalling string, messages []Message) ([]Message, []Fault, error) {
	return h.convert(ctx, "Unmarshal", marshalling, messages, core.ReasonUndecodable)
}

// convert asks once for each part of the messages that fits into a question.
func (h Hub) convert(ctx context.Context, method, marshalling string, messages []Message, reason core.Reason) ([]Message, []Fault, error) {
	var out []Message
	var faults []Fault
	for first := 0; first < len(messages); first = len(out) {
		n := fitting(messages[first:min(len(messages), first+wire.QuestionMessages)], wire.FrameTarget)
		part := messages[first : first+n]
		answer, err := h.ask(ctx, method, conversionQuestion(method, marshalling, part))
		if err == nil {
			out, faults, err = appendConverted(out, faults, part, answer.GetConversion(), reason)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s by %s: %w", method, marshalling, err)
		}
	}
	return out, faults, nil
}

func conversionQuestion(method, marshalling string, messages []Message) *pluginv1.Question {
	about := &pluginv1.ConversionQuestion{Marshalling: marshalling, Batch: wire.ToBatch(0, 0, 1, messages)}
	if method == "Marshal" {
		return &pluginv1.Question{About: &pluginv1.Question_Marshal_{Marshal_: about}}
	}
	return &pluginv1.Question{About: &pluginv1.Question_Unmarshal_{Unmarshal_: about}}
}

var errOddAnswer = errors.New("the hub's answer is to another question")

// appendConverted puts the results of part behind those that there are.
func appendConverted(out []Message, faults []Fault, part []Message, answer *pluginv1.ConversionAnswer, reason core.Reason) ([]Message, []Fault, error) {
	if answer.GetBatch() == nil || len(answer.Batch.Payloads) != len(part) {
		return nil, nil, errOddAnswer
	}
	answer.Batch.Sequence = 1
	turned, err := wire.FromBatch(answer.Batch, "")
	if err != nil {
		return nil, nil, err
	}
	for _, e := range answer.Errors {
		faults = append(faults, Fault{Index: len(out) + int(e.Index), Reason: reason, Detail: e.Detail})
	}
	for i := range part {
		m := part[i]
		m.Payload, m.Header = turned[i].Payload, turned[i].Header
		out = append(out, m)
	}
	return out, faults, nil
}
