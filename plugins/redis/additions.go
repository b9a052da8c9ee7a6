package redis

import (
	"context"
	"encoding/hex"
	"unsafe"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// additions is one lane's XADD commands, used again for each batch. Arguments are pointers to texts, so that no copies
// are made.
type additions struct {
	commands  []*redis.StringCmd
	arguments [][]any
	bodies    []string
	ids       []string
}

// unanswered is the value of a command whose answer nobody tried to read.
const unanswered = "?"

// run adds the messages and returns the commands with their answers, one per message, valid until the next call, and
// how many attributes had to be left out. The error is what ended the connection, if something did; ctx ending does.
func (a *additions) run(ctx context.Context, s *session, pipe redis.Pipeliner, to *adder,
	messages []sdk.Message) ([]*redis.StringCmd, uint64, error) {
	defer context.AfterFunc(ctx, s.close)()
	unmapped := a.fill(to, messages)
	defer a.forget()
	for _, command := range a.commands {
		_ = pipe.Process(ctx, command) // only queues
	}
	_, _ = pipe.Exec(ctx) // each command has its own answer
	lost := broken(a.commands[len(a.commands)-1].Err())
	if lost != nil {
		acquit(a.commands, func(c *redis.StringCmd) bool { return c.Val() == unanswered })
	}
	return a.commands, unmapped, lost
}

// fill makes a command per message and returns how many attributes were left out.
func (a *additions) fill(to *adder, messages []sdk.Message) (unmapped uint64) {
	a.commands = a.commands[:0]
	a.bodies, a.ids = a.bodies[:0], a.ids[:0]
	text := make([]byte, 0, len(messages)*2*len(sdk.ID{}))
	for i := range messages {
		m := &messages[i]
		a.bodies = append(a.bodies, unsafe.String(unsafe.SliceData(m.Payload), len(m.Payload)))
		text = hex.AppendEncode(text, m.ID[:])
		a.ids = append(a.ids, unsafe.String(unsafe.SliceData(text[len(text)-2*len(m.ID):]), 2*len(m.ID)))
	}
	for i := range messages {
		unmapped += a.command(i, to, messages[i].Header)
	}
	return unmapped
}

// command makes message i's command.
func (a *additions) command(i int, to *adder, h *sdk.Header) (unmapped uint64) {
	if i == len(a.arguments) {
		a.arguments = append(a.arguments, nil)
	}
	arguments := append(a.arguments[i][:0], "xadd", to.stream)
	if to.maxLen > 0 {
		arguments = append(arguments, "maxlen", "~", to.maxLen)
	}
	arguments = append(arguments, "*", bodyField, &a.bodies[i], idField, &a.ids[i])
	if h != nil {
		if h.ContentType != "" {
			arguments = append(arguments, typeField, &h.ContentType)
		}
		for j := range h.Attributes {
			switch h.Attributes[j].Name {
			case bodyField, idField, typeField:
				unmapped++
			default:
				arguments = append(arguments, &h.Attributes[j].Name, &h.Attributes[j].Value)
			}
		}
	}
	a.arguments[i] = arguments
	command := redis.NewStringCmd(context.Background(), arguments...)
	command.SetVal(unanswered)
	a.commands = append(a.commands, command)
	return unmapped
}

// forget lets go of what belongs to the messages.
func (a *additions) forget() {
	clear(a.bodies)
	for _, arguments := range a.arguments[:len(a.commands)] {
		clear(arguments)
	}
}
