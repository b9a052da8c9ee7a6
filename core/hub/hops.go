package hub

import (
	"slices"

	"github.com/araldo-relay/araldo/core"
)

// counting begins the count of hops in messages that are to be put into an envelope: this hub is the first that they
// pass, or the first that says so. The router counts on.
type counting struct{ core.Converter }

var firstHop = core.Attribute{Name: "hops", Value: "1"}

// Convert implements core.Converter.
func (c counting) Convert(messages []core.Message, done func([]core.Message, []core.Fault)) {
	counted := slices.Clone(messages)
	var header, next *core.Header
	for i := range counted {
		if h := counted[i].Header; h != header || i == 0 {
			header, next = h, begun(h)
		}
		counted[i].Header = next
	}
	c.Converter.Convert(counted, done)
}

// begun is a header with a count of hops.
func begun(h *core.Header) *core.Header {
	if h == nil {
		return &core.Header{Attributes: core.Attributes{firstHop}}
	}
	if _, counted := h.Attributes.Get(firstHop.Name); counted {
		return h
	}
	next := *h
	next.Attributes = core.NewAttributes(append(slices.Clone(h.Attributes), firstHop)...)
	return &next
}
