package work

import (
	"context"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
)

// settle is how long a relay is left alone before its memory is looked at.
const settle = 3 * time.Second

// idle opens many connections and measures what each costs the relay in memory.
func (r *run) idle(ctx context.Context) (Result, error) {
	open := func() (*load.Sender, error) {
		return load.NewSender(ctx, r.place("in", r.work.In), 0, load.Body{Size: load.LeastSize})
	}
	var before relay.Usage
	// The first connection is not counted: it makes what is made once.
	for i := range r.work.Idle + 1 {
		sender, err := retry(ctx, r.relay, open)
		if err != nil {
			return Result{}, err
		}
		r.ends.senders = append(r.ends.senders, sender)
		if i == 0 {
			if err := pause(ctx, settle); err != nil {
				return Result{}, err
			}
			before = r.relay.Usage()
		}
	}
	if err := pause(ctx, settle); err != nil {
		return Result{}, err
	}
	after := r.relay.Usage()
	return Result{
		Relay: r.description.Name, Work: r.work.Name, Memory: after.Resident,
		PerConnection: (after.Proportional - before.Proportional) / int64(r.work.Idle),
	}, r.relay.Err()
}
