package router

import (
	"slices"
	"strconv"

	"github.com/araldo-relay/araldo/core"
)

// hopsAttribute is how many hubs a message has passed, where somebody counts that.
const hopsAttribute = "hops"

// passage is a batch whose messages have come one hub further.
type passage struct {
	core.Batch
	// spent are the indexes of those that had passed core.MaxHops before.
	spent []int
}

// hop counts one hub more where messages say how many they passed. Messages of one connection share their header, so
// that most need no look at their attributes.
func hop(batch core.Batch) passage {
	p := passage{Batch: batch}
	var header, next *core.Header
	over := false
	for i := range batch.Messages {
		if h := batch.Messages[i].Header; h != header || i == 0 {
			header = h
			next, over = further(h)
		}
		if over {
			p.spent = append(p.spent, i)
		}
		if next == header {
			continue
		}
		if &p.Messages[0] == &batch.Messages[0] {
			p.Messages = slices.Clone(batch.Messages)
		}
		p.Messages[i].Header = next
	}
	return p
}

// further is a header one hub later, and whether it had come far enough. A count that is none begins anew.
func further(h *core.Header) (next *core.Header, over bool) {
	if h == nil {
		return nil, false
	}
	text, counted := h.Attributes.Get(hopsAttribute)
	if !counted {
		return h, false
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		n = 0
	}
	if n >= core.MaxHops {
		return h, true
	}
	later := *h
	later.Attributes = slices.Clone(h.Attributes)
	for i := range later.Attributes {
		if later.Attributes[i].Name == hopsAttribute {
			later.Attributes[i].Value = strconv.FormatUint(n+1, 10)
		}
	}
	return &later, false
}

// left are the messages that are not spent.
func (p *passage) left() []core.Message {
	if p.spent == nil {
		return p.Messages
	}
	spent := p.spent
	var list []core.Message
	for i := range p.Messages {
		if len(spent) > 0 && spent[0] == i {
			spent = spent[1:]
			continue
		}
		list = append(list, p.Messages[i])
	}
	return list
}

// exclude is the batch without the messages that are spent, which are settled.
func (o *Outlet) exclude(batch core.Batch, spent []int) core.Batch {
	if spent == nil {
		return batch
	}
	batch.Spent = len(spent)
	p := pick{faults: batch.Faults[:0:0]}
	faulty := batch.Faults
	for i := range batch.Messages {
		var fault *core.Fault
		if len(faulty) > 0 && faulty[0].Index == i {
			fault, faulty = &faulty[0], faulty[1:]
		}
		if len(spent) > 0 && spent[0] == i {
			spent = spent[1:]
			p.leave(i, len(batch.Messages))
		} else {
			p.keep(i, fault)
		}
	}
	return o.reduce(batch, &p, core.VerdictDropped, core.ReasonHopLimit)
}
