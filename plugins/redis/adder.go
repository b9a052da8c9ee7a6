package redis

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// adder adds messages to a stream. Each lane adds over a session of its own at a time.
type adder struct {
	pool
	stream string
	maxLen int
	link   *link
	// failed is told, without blocking, that Redis could not be reached.
	failed func()

	added, unmapped atomic.Uint64
}

// adderLane is one lane's sink.
type adderLane struct {
	*adder
	batch additions
}

// Send adds the messages in order, in one pipeline, and returns when Redis has answered for all.
func (a *adderLane) Send(ctx context.Context, messages []sdk.Message) error {
	return a.send(ctx, messages, (*redis.Client).Pipeline)
}

// strictLane is the sink of a lane with strict order: all of a batch is added in one transaction, so nothing is added
// behind a message that is not.
type strictLane struct{ adderLane }

// Send adds all messages or, where one is refused, none of them and none behind it.
func (a *strictLane) Send(ctx context.Context, messages []sdk.Message) error {
	return a.send(ctx, messages, (*redis.Client).TxPipeline)
}

// StopsAtFirstFailure implements sdk.Ordered.
func (a *strictLane) StopsAtFirstFailure() {}

func (a *adderLane) send(ctx context.Context, messages []sdk.Message, how func(*redis.Client) redis.Pipeliner) error {
	var outcome, refused error
	absent, lost := a.with(ctx, func(s *session) error {
		commands, unmapped, lost := a.batch.run(ctx, s, how(s.client), a.adder, messages)
		a.unmapped.Add(unmapped)
		outcome, refused = a.outcome(commands)
		return lost
	})
	a.tell(absent, lost, outcome, refused)
	if absent != nil {
		return unreachable(a.target, absent)
	}
	return outcome
}

// tell keeps the endpoint's health: a connection is the watch's matter, what Redis refuses for its own reasons is told
// until it takes something again.
func (a *adder) tell(absent, lost, outcome, refused error) {
	switch {
	case absent != nil || lost != nil:
		a.failed()
	case refused != nil:
		a.link.lost(addingToStream, refused)
	case outcome == nil:
		a.link.found(addingToStream)
	}
}

// outcome gathers the answers, one per message: nil if all are added. A transaction that Redis broke off because of one
// message failed for that reason. refused is what Redis refuses for its own reasons, nil if nothing.
func (a *adder) outcome(commands []*redis.StringCmd) (outcome, refused error) {
	cause := error(nil)
	for _, command := range commands {
		if err := command.Err(); err != nil && !aborted(err) && cause == nil {
			cause = err
		}
	}
	var run runs
	for i, command := range commands {
		err := command.Err()
		if err == nil {
			continue
		}
		if aborted(err) && cause != nil {
			err = cause
		}
		f := addFailure(a.target, err)
		if f.Scope == core.ScopeEndpoint && refused == nil {
			refused = refusal(harmless(err.Error()))
		}
		run.add(i, f)
	}
	a.added.Add(uint64(len(commands) - run.failed))
	return run.outcome(), refused
}

func aborted(err error) bool { return strings.HasPrefix(err.Error(), "EXECABORT") }

// addFailure says what an error of one XADD means. A key that holds something else is no message's fault.
func addFailure(t *target, err error) *sdk.Failure {
	f := failure(t, "XADD", err)
	if f.Class == core.FailurePermanent && ofStream(err.Error()) {
		f.Class, f.Scope = core.FailureRetryable, core.ScopeEndpoint
	}
	return f
}

// ofStream reports whether an error answer is about the stream as a whole.
func ofStream(answer string) bool {
	for _, prefix := range [...]string{"WRONGTYPE", "EXECABORT", "ERR The stream has exhausted"} {
		if strings.HasPrefix(answer, prefix) {
			return true
		}
	}
	return false
}
