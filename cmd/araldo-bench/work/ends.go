package work

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/load"
	"github.com/araldo-relay/araldo/cmd/araldo-bench/relay"
)

// readyTimeout is how long a relay may take until a first message comes through.
const readyTimeout = 30 * time.Second

// ends are all senders and receivers of a run.
type ends struct {
	senders   []*load.Sender
	receivers []*load.Receiver
	tallies   []*load.Tally
	echo      *load.Echo
	moved     chan struct{}
}

// place completes an end: a description's own words take the place of the workload's, then the address is put in.
func (r *run) place(which string, p load.Place) load.Place {
	if own, given := r.description.Workloads[r.work.Base()].Ends[which]; given {
		p = own
	}
	port := r.relay.Port
	if p.Kind == load.Channel || p.Kind == load.Stream {
		port = r.redis.Port
	}
	p.Address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return p
}

// connect opens all ends, receivers first. It tries again while the relay is not listening yet.
func (r *run) connect(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	r.ends.moved = make(chan struct{}, 1)
	if r.work.Echo {
		if r.ends.echo, err = load.NewEcho(ctx, r.place("", load.Place{Kind: load.Channel}).Address, "up", "down"); err != nil {
			return err
		}
	}
	for i := range r.work.Receivers {
		tally := load.NewTally(r.body(), r.senders(), r.work.Rate > 0, r.ends.moved)
		r.ends.tallies = append(r.ends.tallies, tally)
		place := r.place("out", r.work.Out)
		if r.work.Spread {
			place.Subject += strconv.Itoa(i + 1)
		}
		receiver, err := retry(ctx, r.relay, func() (*load.Receiver, error) { return load.NewReceiver(ctx, place, tally) })
		if err != nil {
			return err
		}
		r.ends.receivers = append(r.ends.receivers, receiver)
	}
	for i := range r.senders() {
		sender, err := retry(ctx, r.relay, func() (*load.Sender, error) {
			return load.NewSender(ctx, r.place("in", r.work.In), i, r.body())
		})
		if err != nil {
			return err
		}
		r.ends.senders = append(r.ends.senders, sender)
	}
	return r.probe(ctx)
}

// retry calls open until it works, ctx ends or the relay does.
func retry[E any](ctx context.Context, relay *relay.Relay, open func() (E, error)) (E, error) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		end, err := open()
		if err == nil {
			return end, nil
		}
		if ended := relay.Err(); ended != nil {
			return end, ended
		}
		select {
		case <-ctx.Done():
			return end, err
		case <-ticker.C:
		}
	}
}

// probe sends messages without stamps until each receiver has one.
func (r *run) probe(ctx context.Context) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !r.ends.reached() {
		if err := r.ends.senders[0].Probe(); err != nil {
			return err
		}
		if err := errors.Join(r.relay.Err(), r.ends.broken()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s lets nothing through in %v", r.description.Name, readyTimeout)
		case <-ticker.C:
		}
	}
	return nil
}

func (e *ends) reached() bool {
	for _, t := range e.tallies {
		if t.Foreign() == 0 {
			return false
		}
	}
	return true
}

// broken is why a receiver's connection ended, if one has.
func (e *ends) broken() error {
	for _, r := range e.receivers {
		select {
		case <-r.Ended():
			return fmt.Errorf("a receiver lost its connection: %w", r.Err())
		default:
		}
	}
	return nil
}

// received is how many messages came at all receivers.
func (e *ends) received() (n uint64) {
	for _, t := range e.tallies {
		n += t.Count()
	}
	return n
}

func (e *ends) close() {
	for _, s := range e.senders {
		s.Close()
	}
	for _, r := range e.receivers {
		r.Close()
	}
	if e.echo != nil {
		e.echo.Close()
	}
}
