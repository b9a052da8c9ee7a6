package hub

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/host"
)

// reporter is the station of an endpoint-status: at each tick it makes a report and hands it to the router like any
// other message. While an outlet that blocks still holds the last one, a tick makes none: only the newest is of use.
type reporter struct {
	name  string
	every time.Duration
	// most is the largest message in bytes.
	most   int
	report func(context.Context) report
	inlet  host.Inlet
	// incarnation is asked for once, at Open, for the messages' ids.
	incarnation func(name string) (uint64, error)

	enabled atomic.Bool
	held    atomic.Bool
	// stop ends the goroutine, which closes ended; both nil where it never ran. Guarded by life, with opening and closing.
	life  sync.Mutex
	stop  context.CancelFunc
	ended chan struct{}
	base  core.ID
	made  uint64
	tally *tally

	mu     sync.Mutex
	status host.EndpointStatus
}

// newReporter makes the station of an instance that was assessed.
func newReporter(r *relay, in host.Instance, inlet host.Inlet) *reporter {
	every, _ := readStatusConfig(in.Config)
	p := &reporter{
		name: in.Name, every: every, most: r.maxMessage, report: r.reportLater, inlet: inlet,
		incarnation: r.crew.incarnation, tally: &tally{},
		status: host.EndpointStatus{State: core.StateDeclared, Since: time.Now()},
	}
	p.enabled.Store(in.Enabled)
	return p
}

// AddLane is never called: no route can end here.
func (p *reporter) AddLane(core.LaneOptions, core.LaneUser) {}

// RemoveLane is never called either.
func (p *reporter) RemoveLane(core.LaneUser) {}

// SetDirections changes nothing: what no route takes is counted as unrouted.
func (p *reporter) SetDirections(context.Context, bool, bool) error { return nil }

// Open begins the reports.
func (p *reporter) Open(context.Context) error {
	incarnation, err := p.incarnation(p.name)
	if err != nil {
		return err
	}
	p.life.Lock()
	defer p.life.Unlock()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", p.name, incarnation))
	copy(p.base[:8], sum[:])
	ctx, stop := context.WithCancel(context.Background())
	p.stop, p.ended = stop, make(chan struct{})
	p.show()
	go p.run(ctx)
	return nil
}

func (p *reporter) run(ctx context.Context) {
	defer close(p.ended)
	ticker := time.NewTicker(p.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if p.enabled.Load() && !p.held.Load() {
			p.tell(ctx)
		}
	}
}

// tell makes one report. Endpoints that are slow to answer don't hold it up longer than until the next.
func (p *reporter) tell(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, min(p.every, inspectTimeout))
	defer cancel()
	// A report has nothing that JSON can't hold.
	payload, _ := json.Marshal(p.report(bounded))
	if ctx.Err() != nil || !p.count(len(payload)) {
		return
	}
	p.held.Store(true)
	p.inlet.Accept(core.Batch{Source: p.name, Pinned: len(payload), Ticket: reported{p}, Messages: []core.Message{{
		ID: p.base.Add(p.made), Source: p.name, Time: time.Now().UnixNano(), Header: &reportHeader, Payload: payload,
	}}})
	p.made++
}

var reportHeader = core.Header{ContentType: "application/json"}

// reported is the ticket of a report.
type reported struct{ *reporter }

// Queued implements core.Ticket: the next report may come.
func (t reported) Queued() { t.held.Store(false) }

// Settled implements core.Ticket. Nothing waits for it: the next report says more.
func (t reported) Settled(int, int) {}

// SetEnabled switches the reports.
func (p *reporter) SetEnabled(_ context.Context, enabled bool) error {
	p.enabled.Store(enabled)
	p.show()
	return nil
}

// Drain ends the reports and returns when the last one is with the router.
func (p *reporter) Drain(context.Context, core.Direction) error {
	p.end()
	p.enter(core.StateDraining)
	return nil
}

// Close ends the endpoint for good.
func (p *reporter) Close(context.Context, host.CloseReason) error {
	p.end()
	p.enter(core.StateStopped)
	return nil
}

func (p *reporter) end() {
	p.life.Lock()
	defer p.life.Unlock()
	if p.stop != nil {
		p.stop()
		<-p.ended
	}
}

// Inject refuses: what is said of the hub comes from the hub alone.
func (p *reporter) Inject(core.Message, core.Ticket) (core.ID, error) {
	return core.ID{}, fmt.Errorf("endpoint %s makes its messages itself and takes none", p.name)
}

// Inspect has nothing to add to Status.
func (p *reporter) Inspect(context.Context) (core.Inspection, error) { return core.Inspection{}, nil }

// Status describes the endpoint as it is now.
func (p *reporter) Status() host.EndpointStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.status
	out.Received, out.ReceivedBytes, out.Rejected = p.tally.received.Load(), p.tally.receivedBytes.Load(), p.tally.rejected()
	return out
}

// show makes the state what enabled says.
func (p *reporter) show() {
	if p.enabled.Load() {
		p.enter(core.StateReady)
		return
	}
	p.enter(core.StateDisabled)
}

func (p *reporter) enter(state core.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status.State != state {
		p.status.State, p.status.Since = state, time.Now()
	}
}
