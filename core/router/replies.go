package router

import (
	"slices"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// Answerer brings replies to whoever asked, at one outlet whose endpoint asks something elsewhere.
type Answerer struct {
	requests  *Requests
	endpoint  string
	addresses bool
}

// Answerer returns what brings replies to an endpoint that asks; addresses: it understands `to`.
func (r *Requests) Answerer(endpoint string, addresses bool) *Answerer {
	return &Answerer{requests: r, endpoint: endpoint, addresses: addresses}
}

// answer addresses the replies of a batch, each to who asked, and leaves out those that nobody waits for: they would
// reach everybody. seen are the batch's messages with all attributes that are known of them; replies are the indexes of
// what is addressed.
func (o *Outlet) answer(batch core.Batch, seen []core.Message) (answered core.Batch, replies []int) {
	if !correlated(seen) {
		return batch, nil
	}
	p := pick{faults: batch.Faults[:0:0]}
	messages := slices.Clone(batch.Messages)
	requests := o.Answers.take(seen, batch.Faults)
	faulty := batch.Faults
	for i := range messages {
		var fault *core.Fault
		if len(faulty) > 0 && faulty[0].Index == i {
			fault, faulty = &faulty[0], faulty[1:]
		}
		_, reply := correlationOf(&seen[i])
		switch {
		case fault != nil || !reply:
		case requests[i] == nil:
			p.leave(i, len(messages))
			continue
		default:
			messages[i].Header = o.Answers.address(messages[i].Header, requests[i])
			replies = append(replies, i-p.left)
		}
		p.keep(i, fault)
	}
	batch.Messages, batch.Late = messages, p.left
	return o.reduce(batch, &p, core.VerdictDropped, core.ReasonLateReply), replies
}

// take finds the request of each reply and forgets it, so that it is answered once. Where it is nil, none waits.
func (a *Answerer) take(seen []core.Message, faults []core.Fault) []*request {
	found := make([]*request, len(seen))
	now := time.Now()
	a.requests.mu.Lock()
	defer a.requests.mu.Unlock()
	for i := range seen {
		if len(faults) > 0 && faults[0].Index == i {
			faults = faults[1:]
			continue
		}
		correlation, reply := correlationOf(&seen[i])
		waiting := a.requests.pending[correlation]
		if !reply || waiting == nil {
			continue
		}
		one := waiting.Value.(*request)
		if one.asker.expire(now); a.requests.pending[correlation] == nil || one.asker.endpoint != a.endpoint {
			continue
		}
		a.requests.forget(waiting)
		one.asker.counts.Answered++
		found[i] = one
	}
	return found
}

// address is a reply's header for who asked: with the correlation that the asker gave itself, if any.
func (a *Answerer) address(h *core.Header, one *request) *core.Header {
	var list []core.Attribute
	next := &core.Header{}
	if h != nil {
		next.ContentType = h.ContentType
		list = slices.DeleteFunc(slices.Clone(h.Attributes), func(has core.Attribute) bool {
			return has.Name == correlationAttribute || has.Name == toAttribute
		})
	}
	if one.owned {
		list = append(list, core.Attribute{Name: correlationAttribute, Value: one.own})
	}
	switch {
	case one.conn != "":
		list = append(list, core.Attribute{Name: toAttribute, Value: "conn:" + one.conn})
	case a.addresses: // nobody: without `to` it would go to everybody
		list = append(list, core.Attribute{Name: toAttribute})
	}
	next.Attributes = core.NewAttributes(list...)
	return next
}

// correlated reports whether one of the messages is a reply. Messages of one connection share their header, so that most
// need no look at their attributes.
func correlated(messages []core.Message) bool {
	var header *core.Header
	for i := range messages {
		if h := messages[i].Header; h != header {
			header = h
			if _, reply := correlationOf(&messages[i]); reply {
				return true
			}
		}
	}
	return false
}

func correlationOf(m *core.Message) (correlation string, reply bool) {
	if m.Header == nil {
		return "", false
	}
	return m.Header.Attributes.Get(correlationAttribute)
}
