package hub_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/control"
)

// adopt has the hub take a configuration, or in a dry run say what it would do. Whatever comes of it, the accounts add up and
// no number goes back, and by one that is not taken no outlet is gone.
func (r *relay) adopt(cfg *config.Config, dryRun bool) control.Reload {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	before := r.counts()
	got, err := r.Adopt(ctx, cfg, dryRun)
	if err != nil {
		r.t.Fatal(err)
	}
	r.checkAccounts()
	now := r.counts()
	for what, was := range before {
		is, there := now[what]
		if there && is < was || !there && !got.OK {
			r.t.Errorf("a reload (taken: %v) made %s %d of %d", got.OK, what, is, was)
		}
	}
	return got
}

// counts are the numbers of status that may only grow, by what they count.
func (r *relay) counts() map[string]uint64 {
	counts := map[string]uint64{}
	status := r.Status(context.Background())
	for _, e := range status.Endpoints {
		counts["received of "+e.Name] = e.Received
	}
	for _, route := range status.Routes {
		for _, o := range route.Outlets {
			of, a := " of "+route.Inbound+" -> "+o.Name, o.Account
			counts["in"+of], counts["delivered"+of], counts["filtered"+of] = a.In, a.Delivered, a.Filtered
			counts["dead-lettered"+of], counts["expired"+of] = a.DeadLettered, a.Expired
			counts["retried"+of], counts["returned"+of] = a.Retried, a.Returned
			for reason, n := range a.Dropped {
				counts["dropped as "+reason+of] = n
			}
		}
	}
	return counts
}

// reload puts another configuration into the hub's file and has it taken.
func (r *relay) reload(text string) control.Reload {
	r.t.Helper()
	if err := os.WriteFile(r.cfg.Path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return r.adopt(load(r.t, r.cfg.Path), false)
}

// reloaded is reload of a configuration that must be taken.
func (r *relay) reloaded(text string) control.Reload {
	r.t.Helper()
	got := r.reload(text)
	if !got.OK {
		r.t.Fatalf("not reloaded: %s %+v", got.Error, got.Problems)
	}
	return got
}

// refused is reload of a configuration that must not be taken, and why it was not.
func (r *relay) refused(text string) string {
	r.t.Helper()
	got := r.reload(text)
	if got.OK {
		r.t.Fatalf("it was reloaded: %+v", got.Changes)
	}
	return fmt.Sprint(got.Error, got.Problems)
}

// asBefore waits until so many endpoints are there, all ready, on so many plugins.
func (r *relay) asBefore(endpoints, plugins int) {
	r.t.Helper()
	eventually(r.t, "all is as before", func() bool {
		s := r.Status(r.t.Context())
		for _, e := range s.Endpoints {
			if e.State != "ready" {
				return false
			}
		}
		return len(s.Endpoints) == endpoints && len(s.Plugins) == plugins
	})
}

// sequence reads numbers from a client until stop is closed, and returns the last one. Each must be one more than the
// one before, but the first.
func sequence(t *testing.T, c *websocket.Conn, stop <-chan struct{}) <-chan int {
	ended := make(chan int, 1)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		last := 0
		defer func() { ended <- last }()
		for {
			_, payload, err := c.Read(ctx)
			if err != nil {
				t.Errorf("after %d: %v", last, err)
				return
			}
			n, err := strconv.Atoi(string(payload))
			if err != nil || last > 0 && n != last+1 {
				t.Errorf("%q came after %d", payload, last)
				return
			}
			last = n
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	return ended
}
