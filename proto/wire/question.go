package wire

import (
	"errors"
	"time"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

const (
	// QuestionTime is the longest that a question waits for its answer.
	QuestionTime = 10 * time.Second
	// QuestionMessages is how many messages one question may have turned.
	QuestionMessages = 4096
	// AnswerLimit is the largest answer in bytes: with one, a frame has room for messages still.
	AnswerLimit = FrameLimit - FrameTarget - 64<<10
)

var answerErrors = []struct {
	kind pluginv1.AnswerErrorKind
	err  error
}{
	{pluginv1.AnswerErrorKind_ANSWER_ERROR_KIND_UNKNOWN, core.ErrUnknown},
	{pluginv1.AnswerErrorKind_ANSWER_ERROR_KIND_STOPPING, core.ErrStopping},
	{pluginv1.AnswerErrorKind_ANSWER_ERROR_KIND_REFUSED, core.ErrRefused},
	{pluginv1.AnswerErrorKind_ANSWER_ERROR_KIND_UNAVAILABLE, core.ErrUnavailable},
}

// ToAnswerError makes of an error the answer that there is none. One that is none of core's says that it may come later.
func ToAnswerError(err error) *pluginv1.Answer_Error {
	kind := pluginv1.AnswerErrorKind_ANSWER_ERROR_KIND_UNAVAILABLE
	for _, e := range answerErrors {
		if errors.Is(err, e.err) {
			kind = e.kind
		}
	}
	return &pluginv1.Answer_Error{Error: &pluginv1.AnswerError{Kind: kind, Detail: cut(err.Error())}}
}

// FromAnswerError reads why there is no answer: one of core's errors, core.ErrUnavailable where the kind is not known.
func FromAnswerError(e *pluginv1.AnswerError) error {
	err := core.ErrUnavailable
	for _, known := range answerErrors {
		if e.Kind == known.kind {
			err = known.err
		}
	}
	return &answerError{kind: err, detail: cut(e.Detail)}
}

// answerError is one of core's errors in the hub's words.
type answerError struct {
	kind   error
	detail string
}

func (e *answerError) Error() string { return e.detail }

func (e *answerError) Unwrap() error { return e.kind }

// ToFound makes the answer to a look-up.
func ToFound(f core.Found) *pluginv1.Answer_Lookup {
	return &pluginv1.Answer_Lookup{Lookup: &pluginv1.LookupAnswer{
		// The wire's states have one more, for none, before the first.
		State: pluginv1.EndpointState(f.State) + 1, Cause: cut(f.Cause), Started: f.Started, Inbound: f.Inbound, Outbound: f.Outbound,
	}}
}

// FromFound reads the answer to a look-up. A state that is not known is that of an endpoint which is not started.
func FromFound(a *pluginv1.LookupAnswer) core.Found {
	return core.Found{State: core.State(known(max(a.State-1, 0), uint8(core.StateDisabled))), Cause: cut(a.Cause), Started: a.Started,
		Inbound: a.Inbound, Outbound: a.Outbound}
}
