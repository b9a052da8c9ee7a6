package delivery

import "github.com/araldo-relay/araldo/core"

// follow begins to follow those messages of a batch that are traced.
func (o *Outlet) follow(batch *core.Batch) core.Passage {
	if batch.Trace == nil {
		return nil
	}
	return batch.Trace.At(o.options.Route, o.options.Name)
}

// traced tells what follows a chunk where it came to its last place.
func (s *sender) traced(c *chunk, to *uint64) {
	if c.passage != nil {
		verdict, reason := s.verdict(to)
		c.passage.Settled(c.messages, verdict, reason)
	}
}
