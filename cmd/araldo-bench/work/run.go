package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
)

// Options bound a run.
type Options struct {
	// Size of each message in bytes, as large as its load.Body needs.
	Size int
	// Warm is the time before the measured Duration.
	Warm, Duration time.Duration
	Programs       relay.Programs
}

// run is one workload through one relay, once.
type run struct {
	work        Workload
	description *relay.Description
	options     Options
	redis       *relay.Relay
	relay       *relay.Relay
	ends        ends
}

// quiet is how long nothing may arrive, after the senders have ended, until what is missing is called lost.
const quiet = 2 * time.Second

// Measure starts a redis-server and the relay, runs the workload and ends both. It blocks for the options' times and a
// few seconds more.
func Measure(ctx context.Context, w Workload, d *relay.Description, options Options) (result Result, err error) {
	r := &run{work: w, description: d, options: options}
	err = r.within(ctx, w.Base(), func() (err error) {
		defer r.ends.close()
		if w.Idle > 0 {
			result, err = r.idle(ctx)
			return err
		}
		if err := r.connect(ctx); err != nil {
			return err
		}
		result, err = r.loaded(ctx)
		return err
	})
	return result, err
}

// within starts a redis-server and the relay for a workload, calls do, and ends both.
func (r *run) within(ctx context.Context, base string, do func() error) (err error) {
	if r.redis, err = relay.StartRedis(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.redis.Stop()) }()
	if r.relay, err = r.description.Start(base, r.redis.Port, r.options.Programs); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.relay.Stop()) }()
	return do()
}

// loaded drives the senders and measures in the middle.
func (r *run) loaded(ctx context.Context) (Result, error) {
	driving, stop := context.WithCancel(ctx)
	defer stop()
	drivers := r.drive(driving)
	if err := pause(ctx, r.options.Warm); err != nil {
		return Result{}, err
	}
	for _, t := range r.ends.tallies {
		t.DelaysFrom(time.Now())
	}
	before := r.observe()
	peak, err := r.watch(ctx)
	after := r.observe()
	stop()
	err = errors.Join(err, drivers.wait(), r.relay.Err(), r.ends.broken())
	r.drain(ctx)
	result := r.result(before, after)
	result.Memory = max(peak, before.usage.Resident, after.usage.Resident)
	return result, err
}

// drivers are the goroutines that send.
type drivers struct {
	all  sync.WaitGroup
	errs []error
}

func (d *drivers) wait() error {
	d.all.Wait()
	return errors.Join(d.errs...)
}

func (r *run) drive(ctx context.Context) *drivers {
	d := &drivers{errs: make([]error, len(r.ends.senders))}
	window := load.NewWindow(ctx, r.window(), r.ends.moved)
	for i, s := range r.ends.senders {
		d.all.Go(func() {
			if r.work.Rate > 0 {
				d.errs[i] = load.Pace(ctx, s, r.work.Rate/len(r.ends.senders))
			} else {
				d.errs[i] = window.Drive(s, len(r.ends.senders), r.ends.tallies)
			}
		})
	}
	return d
}

// observation is the state of a run at one moment.
type observation struct {
	at       time.Time
	received uint64
	usage    relay.Usage
}

func (r *run) observe() observation {
	return observation{time.Now(), r.ends.received(), r.relay.Usage()}
}

// watch waits for the measured time and looks at memory each second.
func (r *run) watch(ctx context.Context) (peak int64, err error) {
	for left := r.options.Duration; left > 0 && err == nil; left -= time.Second {
		err = pause(ctx, min(left, time.Second))
		peak = max(peak, r.relay.Usage().Resident)
	}
	return peak, err
}

// drain waits until all that was sent has come, or nothing comes any more.
func (r *run) drain(ctx context.Context) {
	sent := uint64(0)
	for _, s := range r.ends.senders {
		sent += s.Sent()
	}
	for ctx.Err() == nil && r.ends.received() < sent*uint64(len(r.ends.receivers)) {
		select {
		case <-r.ends.moved:
		case <-time.After(quiet):
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
