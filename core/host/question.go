package host

import (
	"context"
	"fmt"
	"time"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Desk answers what plugins ask about other parts of the hub. Its methods may be called by any goroutine and return soon
// when ctx ends. Their errors are core's.
type Desk interface {
	// Lookup finds an endpoint for another one, asker, and enables it first where it is disabled.
	Lookup(ctx context.Context, asker, name string) (core.Found, error)
	// Marshalling finds one that works.
	Marshalling(ctx context.Context, name string) (*Marshalling, error)
}

// mostQuestions is how many questions may wait on one stream: for their answers, or those to be written.
const mostQuestions = 16

// questions are what a stream's plugin asked; the stream's mutex guards them.
type questions struct {
	last    uint64 // number of the newest
	pending int
	answers []*pluginv1.Answer
}

// questionLimit is how many questions the plugin is told that it may have pending.
func (s *stream) questionLimit() uint32 {
	if s.endpoint.plugin.host.options.Desk == nil {
		return 0
	}
	return mostQuestions
}

// ask takes a question, which a goroutine of its own answers: there are never more than mostQuestions of them.
func (s *stream) ask(q *pluginv1.Question, now time.Time) error {
	s.mu.Lock()
	refused := s.questions.pending >= int(s.questionLimit())
	late := q.Number <= s.questions.last
	if !refused && !late {
		s.questions.pending++
		s.questions.last = q.Number
	}
	s.mu.Unlock()
	switch {
	case refused:
		return violates(resetQuestion, "a question came while %d waited for their answers", s.questionLimit())
	case late:
		return violates(resetQuestion, "question %d came twice or after a later one", q.Number)
	}
	about, err := s.about(q, now)
	if err != nil {
		s.answer(&pluginv1.Answer{Number: q.Number, Result: wire.ToAnswerError(err)})
		return nil
	}
	s.asked.Go(func() {
		answer := &pluginv1.Answer{Number: q.Number}
		s.resolve(answer, q.TimeoutMs, about)
		if answer.SizeVT() > wire.AnswerLimit {
			answer.Result = wire.ToAnswerError(fmt.Errorf("%w: the results are larger than a frame", core.ErrRefused))
		}
		s.answer(answer)
	})
	return nil
}

// resolve puts into the answer what about returns in time.
func (s *stream) resolve(answer *pluginv1.Answer, timeout uint32, about inquiry) {
	limit := wire.QuestionTime
	if asked := time.Duration(timeout) * time.Millisecond; asked > 0 {
		limit = min(limit, asked)
	}
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	if err := about(ctx, answer); err != nil {
		answer.Result = wire.ToAnswerError(err)
	}
}

// answer leaves an answer to the writer.
func (s *stream) answer(a *pluginv1.Answer) {
	s.mu.Lock()
	s.questions.answers = append(s.questions.answers, a)
	s.mu.Unlock()
	s.wake()
}

// takeAnswers puts answers into a frame and returns what room they leave. What is in a frame is not pending any more. The
// caller holds the lock.
func (q *questions) takeAnswers(frame *pluginv1.StreamRequest, room int) int {
	for len(q.answers) > 0 && room > 0 {
		room -= q.answers[0].SizeVT()
		frame.Answers = append(frame.Answers, q.answers[0])
		q.answers[0] = nil
		q.answers = q.answers[1:]
		q.pending--
	}
	return room
}
