package delivery

import "github.com/araldo-relay/araldo/core"

// follow begins to follow those messages of a batch that are traced.
func (o *Outlet) follow(batch *core.Batch) core.Passage {
	if batch.Trace == nil {
		return nil
	}
	return batch.Trace.At(o.options.Route, o.options.Name)
}
