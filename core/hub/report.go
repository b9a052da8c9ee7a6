package hub

import (
	"context"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core/control"
)

// report is one message of an endpoint-status. Its JSON names are a promise, as those of control.Status. Why something
// failed is left out, and so are clients' addresses: pages of strangers may be what the route leads to.
type report struct {
	Time      time.Time        `json:"time"`
	Since     time.Time        `json:"since"`
	Endpoints []endpointReport `json:"endpoints"`
	Routes    []control.Route  `json:"routes"`
}

// endpointReport is one endpoint; Clients is left out where it has none by its nature, or did not answer in time.
type endpointReport struct {
	Name     string    `json:"name"`
	ID       string    `json:"id"`
	State    string    `json:"state"`
	Since    time.Time `json:"since"`
	Enabled  bool      `json:"enabled"`
	Received uint64    `json:"received"`
	Clients  *int64    `json:"clients,omitempty"`
}

// connectionsFigure is the figure by which endpoints with clients tell their number.
const connectionsFigure = "connections"

// reportLater is reportNow of the relay that works by then.
func (r *relay) reportLater(ctx context.Context) report {
	if now := r.current(); now != nil {
		return now.reportNow(ctx)
	}
	return r.reportNow(ctx)
}

// reportNow asks every endpoint for its clients, until ctx ends, and reads every account.
func (r *relay) reportNow(ctx context.Context) report {
	out := report{Time: time.Now().UTC(), Since: r.since.UTC(), Endpoints: make([]endpointReport, len(r.endpoints)),
		Routes: make([]control.Route, 0, len(r.routes))}
	var all sync.WaitGroup
	for i, e := range r.endpoints {
		all.Go(func() { out.Endpoints[i] = e.report(ctx) })
	}
	all.Wait()
	for _, route := range r.routes {
		out.Routes = append(out.Routes, route.status(func(string) string { return "" }))
	}
	return out
}

func (e *endpoint) report(ctx context.Context) endpointReport {
	now := e.Status()
	out := endpointReport{Name: e.in.Name, ID: e.in.ID, State: now.State.String(), Since: now.Since.UTC(),
		Enabled: e.enabled.Load(), Received: now.Received}
	// One that does not answer shows so by its state.
	inspection, _ := e.Inspect(ctx)
	for _, f := range inspection.Figures {
		if f.Name == connectionsFigure {
			out.Clients = &f.Value
		}
	}
	return out
}
