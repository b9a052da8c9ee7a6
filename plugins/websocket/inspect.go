package websocket

import (
	"cmp"
	"slices"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// maxShown is how many connections the protocol lets an inspection hold.
const maxShown = 10_000

// Inspect shows the connections, the oldest ones first, and the endpoint's figures.
func (e *endpoint) Inspect() sdk.Inspection {
	all := e.snapshot()
	slices.SortFunc(all, func(a, b *conn) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.id, b.id)) })
	figures := []sdk.Figure{{Name: "connections", Value: int64(len(all))}}
	seen := sdk.Inspection{Figures: append(figures, e.tally.figures()...)}
	for _, c := range all[:min(len(all), maxShown)] {
		queued, lost := c.out.state()
		seen.Connections = append(seen.Connections, sdk.Connection{
			ID: c.id, Peer: c.peer, Since: c.since.UnixNano(), Queued: queued, Lost: lost,
		})
	}
	return seen
}
