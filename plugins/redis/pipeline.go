package redis

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// pipeline is a session's PUBLISH commands, used again for each batch.
type pipeline struct {
	commands  []*redis.IntCmd
	arguments [][]any
}

// publish writes every message to all of its channels at once and returns the commands with their answers, message by
// message, valid until the next call; there must be one. The error is what ended the connection, if something did; ctx
// ending does.
func (s *session) publish(ctx context.Context, to *places, messages []sdk.Message) ([]*redis.IntCmd, error) {
	stop := context.AfterFunc(ctx, s.close)
	defer stop()
	commands := s.commands.fill(to, messages)
	defer s.commands.forget(len(commands))
	pipe := s.client.Pipeline()
	for _, command := range commands {
		_ = pipe.Process(ctx, command) // only queues
	}
	if _, err := pipe.Exec(ctx); err == nil {
		return commands, nil
	}
	err := broken(commands[len(commands)-1].Err())
	if err != nil {
		acquit(commands, func(c *redis.IntCmd) bool { return c.Val() == unread })
	}
	return commands, err
}

// unread is the value of a command whose answer nobody tried to read.
const unread = -1

// acquit takes the error that ended the connection back from the commands that were answered before: the library puts
// it on all that had no error. The command at which reading failed is the last one that is not unread.
func acquit[C redis.Cmder](commands []C, unread func(C) bool) {
	read := 0
	for read < len(commands) && !unread(commands[read]) {
		read++
	}
	for _, command := range commands[:max(read-1, 0)] {
		if broken(command.Err()) != nil {
			command.SetErr(nil)
		}
	}
}

// fill makes the commands for the messages, in order.
func (p *pipeline) fill(to *places, messages []sdk.Message) []*redis.IntCmd {
	n := 0
	for i := range messages {
		for each := range to.each(i) {
			if n == len(p.commands) {
				p.arguments = append(p.arguments, []any{"publish", nil, nil})
				p.commands = append(p.commands, redis.NewIntCmd(context.Background(), p.arguments[n]...))
			}
			p.arguments[n][1] = to.channel(i, each)
			p.arguments[n][2] = messages[i].Payload
			p.commands[n].SetErr(nil)
			p.commands[n].SetVal(unread)
			n++
		}
	}
	return p.commands[:n]
}

// forget lets go of channels and payloads.
func (p *pipeline) forget(n int) {
	for _, arguments := range p.arguments[:n] {
		arguments[1], arguments[2] = nil, nil
	}
}

// broken returns err unless it is an answer of Redis, after which the connection goes on.
func broken(err error) error {
	if answer := redis.Error(nil); errors.As(err, &answer) {
		return nil
	}
	return err
}
