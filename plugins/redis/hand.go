package redis

import (
	"context"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// hand gives an answer's entries to the hub, also those that are no messages, and acknowledges those that are gone.
func (r *reader) hand(ctx context.Context, s *session, emit sdk.Emit, answer *reply) error {
	r.messages, r.tokens = r.messages[:0], r.tokens[:0]
	var gone []string
	for i := range answer.entries {
		e := &answer.entries[i]
		switch e.fate {
		case unkept:
			r.again.Store(true)
		case deleted:
			if r.held.take(e.position) {
				r.figures.deleted.Add(1)
				r.gap("entry "+e.String()+" was deleted from the stream while it was pending", 1)
				gone = append(gone, answer.text(e))
			}
		default:
			r.add(answer, e)
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
	if len(gone) == 0 {
		return nil
	}
	return r.acknowledge(ctx, s, gone)
}

// add makes a message of an entry that is not held yet.
func (r *reader) add(answer *reply, e *entry) {
	if !r.held.take(e.position) {
		return
	}
	r.tokens = append(r.tokens, answer.text(e))
	r.messages = append(r.messages, r.message(answer, e))
}

// message makes a message of an entry, as far as it is one.
func (r *reader) message(answer *reply, e *entry) sdk.Message {
	if e.fate != read {
		return r.poison(answer, e)
	}
	header, unmapped := r.fields.of(answer, e)
	if e.body.to-e.body.from+r.fields.size > r.limit {
		e.fate = oversized
		return r.poison(answer, e)
	}
	if unmapped > 0 {
		r.figures.unmapped.Add(unmapped)
	}
	return sdk.Message{ID: e.id(r.base), Header: header, Payload: answer.bytes(e.body)}
}

func (r *reader) gap(cause string, missed uint64) {
	r.figures.gaps.Add(1)
	r.report(sdk.Event{Kind: core.EventGap, Cause: cause, Missed: missed})
}
