package sdk

import (
	"context"
	"encoding/json"
	"slices"
)

// Tasks makes a Handler that has a function for each type of message. typeOf finds a message's type; what has one that is
// not among tasks, or none, is answered with an error and counted as unknown-type.
func Tasks(typeOf func(Message) string, tasks map[string]Handle) *Handling {
	h := Handler(nil)
	h.tasks = tasks
	h.handle = func(ctx context.Context, m Message) (Message, error) {
		kind := typeOf(m)
		if task := tasks[kind]; task != nil {
			return task(ctx, m)
		}
		h.unknown.Add(1)
		return unknownType(kind)
	}
	return h
}

// taskError is what who asked gets instead of an answer.
type taskError struct {
	Error string `json:"error"`
	Type  string `json:"type"`
}

func unknownType(kind string) (Message, error) {
	const shown = 64
	if len(kind) > shown {
		kind = kind[:shown] + "..."
	}
	text, err := json.Marshal(taskError{Error: "unknown type", Type: kind})
	return Message{Payload: text, Header: &Header{ContentType: "application/json"}}, err
}

// TypeMember finds a message's type in a member of its payload, which is a JSON object; empty where it has no such text.
func TypeMember(name string) func(Message) string {
	return func(m Message) string {
		var object map[string]json.RawMessage
		var kind string
		if json.Unmarshal(m.Payload, &object) != nil || json.Unmarshal(object[name], &kind) != nil {
			return ""
		}
		return kind
	}
}

// TypeAttribute finds a message's type in an attribute.
func TypeAttribute(name string) func(Message) string {
	return func(m Message) string { return m.Attribute(name) }
}

// Accepting returns the Type with the declaration, for people and tools, that its endpoints have Tasks for messages of
// these types. The hub learns it when the plugin starts.
func (t Type) Accepting(types ...string) Type {
	t.info.Accepts = slices.Clone(types)
	return t
}
