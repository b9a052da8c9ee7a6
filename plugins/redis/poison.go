package redis

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// described is an entry that is no message, as its dead letter shows it. The entry itself stays in the stream.
type described struct {
	Stream string `json:"stream"`
	Entry  string `json:"entry"`
	// Fields are names and values in their order, which may stand twice; none where they were too large.
	Fields [][2]any `json:"fields,omitempty"`
}

// poison makes a message of an entry that is none, so that it goes the way of all poison and is acknowledged at its end.
func (r *reader) poison(answer *reply, e *entry) sdk.Message {
	about := described{Stream: r.Stream, Entry: answer.text(e)}
	fault, count := sdk.Fault{Reason: core.ReasonTooLarge, Detail: " is larger than max-message"}, &r.figures.oversized
	if e.fate == bodiless {
		about.Fields = fieldsOf(answer, e)
		fault, count = sdk.Fault{Reason: core.ReasonUndecodable, Detail: " has no field " + bodyField}, &r.figures.poison
	}
	fault.Detail = "entry " + about.Entry + " of the stream " + r.Stream + fault.Detail
	if n := count.Add(1); n&(n-1) == 0 {
		r.log.Error("an entry is no message, and poison wherever it goes", "cause", fault.Detail, "so_far", n)
	}
	payload, _ := json.Marshal(about) // of texts alone, which never fails
	if len(payload)+len(jsonType) > r.limit {
		about.Fields = nil
		payload, _ = json.Marshal(about)
	}
	return sdk.Message{ID: e.id(r.base), Header: &sdk.Header{ContentType: jsonType, Fault: &fault}, Payload: payload}
}

const jsonType = "application/json"

func fieldsOf(answer *reply, e *entry) [][2]any {
	pairs := answer.pairs[e.pairs.from:e.pairs.to]
	fields := make([][2]any, len(pairs))
	for i, p := range pairs {
		fields[i] = [2]any{jsonText(answer.bytes(p.name)), jsonText(answer.bytes(p.value))}
	}
	return fields
}

// jsonText is a text as JSON has it, and anything else as an object with its base64.
func jsonText(text []byte) any {
	if utf8.Valid(text) {
		return string(text)
	}
	return map[string][]byte{"base64": text}
}
