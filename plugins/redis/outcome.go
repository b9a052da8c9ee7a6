package redis

import (
	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// outcome gathers the answers to a batch of n messages, in which each made one command per channel: nil if all messages
// are confirmed.
func (k *sink) outcome(to *places, n int, commands []*redis.IntCmd) error {
	var failed runs
	for i := range n {
		f := to.refusal(i)
		if f == nil {
			each := to.each(i)
			f = k.answer(commands[:each])
			commands = commands[each:]
		}
		if f != nil {
			failed.add(i, f)
		}
	}
	return failed.outcome()
}

// answer says what became of one message: nil if every channel took it, else its first failure. Where one channel took
// it and another did not, a repetition reaches the first twice; Attempted says so.
func (k *sink) answer(commands []*redis.IntCmd) *sdk.Failure {
	var first error
	taken, heard := 0, int64(0)
	for _, command := range commands {
		receivers, err := command.Result()
		if err == nil {
			taken, heard = taken+1, heard+receivers
		} else if first == nil {
			first = err
		}
	}
	if first != nil {
		f := failure(k.target, "PUBLISH", first)
		if taken > 0 {
			f.Attempted = core.AttemptedYes
		}
		return f
	}
	k.published.Add(1)
	if heard == 0 {
		k.unheard.Add(1)
	}
	return nil
}
