package sdk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

var (
	errNoHub  = fmt.Errorf("%w: no hub that answers questions has attached to the endpoint", ErrRefused)
	errTooOld = fmt.Errorf("%w: the hub is too old to answer questions", ErrRefused)
	// errHungUp: the stream of a question ended before its answer.
	errHungUp = errors.New("the stream ended")
)

// mostQuestions is how many questions wait for answers at a time, where the hub takes as many.
const mostQuestions = 64

// ask asks the hub, again on the next stream where one ends without an answer: questions change nothing twice.
func (h Hub) ask(ctx context.Context, method string, q *pluginv1.Question) (*pluginv1.Answer, error) {
	if h.instance == nil {
		return nil, errNoHub
	}
	if h.instance.opening.Load() {
		return nil, fmt.Errorf("%w: Ask.%s was called while the endpoint is being opened; it may be called by what Receive and Send "+
			"do, since all endpoints are opened before any may ask", ErrRefused, method)
	}
	limited, cancel := context.WithTimeout(ctx, wire.QuestionTime)
	defer cancel()
	for {
		line, err := h.instance.lines.stands(limited)
		var answer *pluginv1.Answer
		if err == nil {
			answer, err = line.ask(limited, q)
		}
		switch {
		case errors.Is(err, errHungUp):
			continue
		case err != nil && ctx.Err() == nil && limited.Err() != nil:
			return nil, fmt.Errorf("%w: the hub did not answer within %v", ErrUnavailable, wire.QuestionTime)
		case err != nil:
			return nil, err
		case answer.GetError() != nil:
			return nil, wire.FromAnswerError(answer.GetError())
		}
		return answer, nil
	}
}

// lines are an instance's ways to ask, through all of its streams.
type lines struct {
	mu sync.Mutex
	// now is that of the stream that stands, nil while there is none; changed is closed when there is another.
	now     *line
	changed chan struct{}
}

// put makes a line the one that stands, or none where it is nil.
func (s *lines) put(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = l
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// drop takes a line away, unless another stands by now.
func (s *lines) drop(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == l {
		s.now = nil
	}
}

// stands waits for a line.
func (s *lines) stands(ctx context.Context) (*line, error) {
	for {
		s.mu.Lock()
		l := s.now
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.mu.Unlock()
		if l != nil && l.ctx.Err() == nil {
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// line is the questions of one stream.
type line struct {
	ctx  context.Context // ends with the stream
	wake func()
	// slots has room for the questions that the hub takes at a time; one is free when its answer is there.
	slots chan struct{}

	mu      sync.Mutex
	last    uint64
	waiting []*pluginv1.Question // to be written
	pending map[uint64]chan<- *pluginv1.Answer
}

func newLine(ctx context.Context, wake func(), most uint32) *line {
	return &line{ctx: ctx, wake: wake, slots: make(chan struct{}, most), pending: make(map[uint64]chan<- *pluginv1.Answer)}
}

// ask waits for the answer until ctx or the stream ends.
func (l *line) ask(ctx context.Context, q *pluginv1.Question) (*pluginv1.Answer, error) {
	if cap(l.slots) == 0 {
		return nil, errTooOld
	}
	select {
	case l.slots <- struct{}{}:
	case <-l.ctx.Done():
		return nil, errHungUp
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	answered := l.put(ctx, q)
	l.wake()
	select {
	case answer := <-answered:
		return answer, nil
	case <-l.ctx.Done():
		return nil, errHungUp
	case <-ctx.Done():
		return nil, ctx.Err() // its slot is free when the answer comes
	}
}

// put leaves a question to the writer.
func (l *line) put(ctx context.Context, q *pluginv1.Question) <-chan *pluginv1.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	answered := make(chan *pluginv1.Answer, 1)
	l.pending[l.last] = answered
	deadline, _ := ctx.Deadline()
	l.waiting = append(l.waiting, &pluginv1.Question{Number: l.last, About: q.About,
		TimeoutMs: uint32(max(time.Until(deadline).Milliseconds(), 1))})
	return answered
}

// take puts questions into a frame, while there is room in it, and returns how large they are.
func (l *line) take(frame *pluginv1.StreamResponse, room int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := 0
	for len(l.waiting) > 0 && size < room {
		size += l.waiting[0].SizeVT()
		frame.Questions = append(frame.Questions, l.waiting[0])
		l.waiting[0] = nil
		l.waiting = l.waiting[1:]
	}
	if len(l.waiting) > 0 {
		l.wake()
	}
	return size
}

// answer hands an answer to who asked. One that nobody waits for says nothing.
func (l *line) answer(a *pluginv1.Answer) {
	l.mu.Lock()
	answered := l.pending[a.Number]
	delete(l.pending, a.Number)
	l.mu.Unlock()
	if answered != nil {
		answered <- a
		<-l.slots
	}
}
