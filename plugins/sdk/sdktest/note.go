package sdktest

import (
	"fmt"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

func (s *Session) wrong(format string, args ...any) {
	s.seen.Wrong = append(s.seen.Wrong, fmt.Sprintf(format, args...))
}

// note adds a frame to what was seen. The caller holds the lock.
func (s *Session) note(frame *pluginv1.StreamResponse) {
	if size := frame.SizeVT(); size > wire.FrameLimit {
		s.wrong("a frame of %d bytes", size)
	}
	for _, b := range frame.Batches {
		s.noteBatch(b)
	}
	for _, r := range frame.Receipts {
		s.noteReceipt(r)
	}
	for _, c := range frame.Credits {
		if l := s.seen.Lanes[c.Lane]; l != nil && l.Epoch == c.Epoch {
			l.Messages += c.Messages
			l.Bytes += c.Bytes
		}
	}
	for _, e := range frame.Events {
		s.seen.Events = append(s.seen.Events, wire.FromEvent(e))
	}
	for _, q := range frame.Questions {
		s.noteQuestion(q)
	}
	if frame.Heartbeat != nil {
		s.seen.Beats++
	}
}

func (s *Session) noteBatch(b *pluginv1.Batch) {
	if b.Lane != 0 {
		s.wrong("a batch on lane %d", b.Lane)
		return
	}
	if b.Epoch != s.epoch {
		return
	}
	if wanted := uint64(len(s.seen.Messages)) + 1; b.Sequence != wanted {
		s.wrong("sequence %d, must be %d", b.Sequence, wanted)
	}
	messages, err := wire.FromBatch(b, "")
	if err != nil {
		s.wrong("%v", err)
	}
	for i := range messages {
		if s.seen.Bytes >= s.granted.bytes {
			s.wrong("message %d came with %d of %d bytes of credit used", len(s.seen.Messages)+1, s.seen.Bytes, s.granted.bytes)
		}
		s.noteID(&messages[i])
		s.seen.Bytes += uint64(messages[i].Size())
		s.seen.Messages = append(s.seen.Messages, messages[i])
	}
	if n := uint64(len(s.seen.Messages)); n > s.granted.messages {
		s.wrong("%d messages came on credit for %d", n, s.granted.messages)
	}
	s.seen.Batches++
}

// noteID finds an id that two messages have: one that comes again has the same payload.
func (s *Session) noteID(m *core.Message) {
	if m.ID.IsZero() {
		return
	}
	if s.ids == nil {
		s.ids = make(map[core.ID]string)
	}
	before, again := s.ids[m.ID]
	if again && before != string(m.Payload) {
		s.wrong("two messages have the id %v: %.60q and %.60q", m.ID, before, m.Payload)
	}
	s.ids[m.ID] = string(m.Payload)
}

func (s *Session) noteQuestion(q *pluginv1.Question) {
	if n := len(s.seen.Questions); n > 0 && q.Number <= s.seen.Questions[n-1].Number {
		s.wrong("question %d came twice or after a later one", q.Number)
	}
	if len(s.asked.pending) >= int(s.asked.most) {
		s.wrong("a question came while %d waited for their answers", s.asked.most)
	}
	s.asked.pending[q.Number] = true
	s.seen.Questions = append(s.seen.Questions, q)
}

func (s *Session) noteAnswers(answers []*pluginv1.Answer) {
	for _, a := range answers {
		delete(s.asked.pending, a.Number)
	}
}
