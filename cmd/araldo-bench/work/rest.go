package work

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
)

// Resting is one process of a relay that has nothing to do.
type Resting struct {
	Name string `json:"name"`
	// Share is how much of one core it uses, 1 being all of it.
	Share float64 `json:"share"`
	// Memory is its resident bytes, Proportional with what it shares divided by those who do.
	Memory       int64 `json:"memory_bytes"`
	Proportional int64 `json:"proportional_bytes"`
}

// MeasureRest leaves a relay alone for the options' Duration, once it is ready and has settled, and measures its processes.
func MeasureRest(ctx context.Context, d *relay.Description, options Options) (found []Resting, err error) {
	r, err := resting(d, options)
	if err != nil {
		return nil, err
	}
	err = r.within(ctx, Rest, func() error {
		if _, err := r.relay.AwaitReady(ctx); err != nil {
			return err
		}
		if err := pause(ctx, settle); err != nil {
			return err
		}
		begin, before := time.Now(), r.relay.Processes()
		if err := pause(ctx, options.Duration); err != nil {
			return err
		}
		found, err = compare(before, r.relay.Processes(), time.Since(begin))
		return err
	})
	return found, err
}

// resting refuses descriptions that do not say how the relay rests, or how it shows that it is ready.
func resting(d *relay.Description, options Options) (*run, error) {
	if _, can := d.Workloads[Rest]; !can || d.Ready == "" {
		return nil, fmt.Errorf("its description has no workload %q or no `ready`", Rest)
	}
	return &run{description: d, options: options}, nil
}

func compare(before, after []relay.ProcessUsage, passed time.Duration) (found []Resting, err error) {
	for _, now := range after {
		at := slices.IndexFunc(before, func(p relay.ProcessUsage) bool { return p.Pid == now.Pid })
		if at < 0 || len(before) != len(after) {
			return nil, fmt.Errorf("processes came or went while nothing was to be done: %v, then %v", before, after)
		}
		share := float64(now.CPU-before[at].CPU) / float64(passed)
		found = append(found, Resting{now.Name, share, now.Resident, now.Proportional})
	}
	return found, nil
}

// MeasureStart says how long a relay takes from its start until it says that it is ready.
func MeasureStart(ctx context.Context, d *relay.Description, options Options) (took time.Duration, err error) {
	r, err := resting(d, options)
	if err != nil {
		return 0, err
	}
	err = r.within(ctx, Rest, func() (err error) {
		took, err = r.relay.AwaitReady(ctx)
		return err
	})
	return took, err
}
