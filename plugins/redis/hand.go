package redis

import (
	"context"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// hand gives an answer's entries to the hub and acknowledges those that can't be messages.
func (r *reader) hand(ctx context.Context, s *session, emit sdk.Emit, answer *reply) error {
	r.messages, r.tokens = r.messages[:0], r.tokens[:0]
	var useless []string
	for i := range answer.entries {
		e := &answer.entries[i]
		switch e.fate {
		case read:
			r.add(answer, e)
		case unkept:
			r.again.Store(true)
		default:
			if r.held.take(e.position) {
				r.tell(e)
				useless = append(useless, answer.text(e))
			}
		}
	}
	if len(r.messages) > 0 {
		r.figures.received.Add(uint64(len(r.messages)))
		err := emit(ctx, r.messages, r.tokens...)
		clear(r.messages)
		if err != nil {
			return err
		}
	}
	if len(useless) == 0 {
		return nil
	}
	return r.acknowledge(ctx, s, useless)
}

// add makes a message of an entry that is not held yet.
func (r *reader) add(answer *reply, e *entry) {
	if !r.held.take(e.position) {
		return
	}
	header, unmapped := r.fields.of(answer, e)
	if unmapped > 0 {
		r.figures.unmapped.Add(unmapped)
	}
	r.messages = append(r.messages, sdk.Message{ID: e.id(r.base), Header: header, Payload: answer.bytes(e.body)})
	r.tokens = append(r.tokens, answer.text(e))
}

// tell counts an entry that can't be a message, and says so at powers of two.
func (r *reader) tell(e *entry) {
	count, what := &r.figures.poison, "an entry without the field body is passed over"
	switch e.fate {
	case oversized:
		count, what = &r.figures.oversized, "an entry is larger than max-message and is passed over"
	case deleted:
		count, what = &r.figures.deleted, "an entry was deleted before it was settled"
		r.gap("an entry was deleted from the stream while it was pending", 1)
	}
	if n := count.Add(1); n&(n-1) == 0 {
		r.log.Error(what, "stream", r.Stream, "entry", e.String(), "so_far", n)
	}
}

func (r *reader) gap(cause string, missed uint64) {
	r.figures.gaps.Add(1)
	r.report(sdk.Event{Kind: core.EventGap, Cause: cause, Missed: missed})
}
