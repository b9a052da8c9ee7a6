package router

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/routes"
)

// view is a batch's messages as filters and replies are looked at: decoded where that was needed.
type view struct {
	messages []core.Message
	values   *routes.Subject
}

// subject is the messages for filters, made once for all outlets.
func (v *view) subject() *routes.Subject {
	if v.values == nil {
		v.values = routes.NewSubject(v.messages)
	}
	return v.values
}

// offer gives the outlet a batch, or what its filter lets through of it and is no late reply. seen has the same messages.
func (o *Outlet) offer(batch core.Batch, seen *view) {
	messages := seen.messages
	if o.When != nil {
		batch, messages = o.filter(batch, seen)
	}
	var replies []int
	if o.Answers != nil {
		batch, replies = o.answer(batch, messages)
	}
	if o.Asks != nil {
		batch = o.Asks.ask(batch, replies)
	}
	o.Target.Offer(batch)
}

// filter is what the outlet's filter lets through, as it is and as it is seen. The batch's faults pass: they are messages
// that nobody can look into.
func (o *Outlet) filter(batch core.Batch, seen *view) (core.Batch, []core.Message) {
	subject := seen.subject()
	p := pick{faults: batch.Faults[:0:0]}
	faulty := batch.Faults
	for i := range batch.Messages {
		if len(faulty) > 0 && faulty[0].Index == i {
			p.keep(i, &faulty[0])
			faulty = faulty[1:]
			continue
		}
		pass, err := o.When.Pass(subject, i)
		switch {
		case err != nil:
			p.keep(i, &core.Fault{Reason: core.ReasonFilterError, Detail: err.Error()})
		case pass:
			p.keep(i, nil)
		default:
			p.leave(i, len(batch.Messages))
		}
	}
	batch.Filtered = p.left
	return o.reduce(batch, &p, core.VerdictFiltered, 0), p.of(seen.messages)
}

// pick is what a filter keeps of a batch.
type pick struct {
	faults []core.Fault
	// kept are the indexes of what stays; nil while that is all.
	kept []int
	left int
}

func (p *pick) keep(i int, fault *core.Fault) {
	if fault != nil {
		f := *fault
		f.Index = i - p.left
		p.faults = append(p.faults, f)
	}
	if p.left > 0 {
		p.kept = append(p.kept, i)
	}
}

func (p *pick) leave(i, size int) {
	if p.left == 0 {
		p.kept = make([]int, i, size)
		for j := range p.kept {
			p.kept[j] = j
		}
	}
	p.left++
}

// of is what is kept of all.
func (p *pick) of(all []core.Message) []core.Message {
	if p.left == 0 {
		return all
	}
	kept := make([]core.Message, len(p.kept))
	for i, at := range p.kept {
		kept[i] = all[at]
	}
	return kept
}

// reduce is the batch with what is kept of it, and settles the rest, which came to that verdict.
func (o *Outlet) reduce(batch core.Batch, p *pick, verdict core.Verdict, reason core.Reason) core.Batch {
	batch.Faults = p.faults
	if p.left == 0 {
		return batch
	}
	all := batch.Messages
	batch.Messages = p.of(all)
	if batch.Originals != nil {
		batch.Originals = p.of(batch.Originals)
	}
	o.settle(batch.Ticket, all, p.kept, verdict, reason)
	if o.Counts && batch.Ticket != nil {
		batch.Ticket = &picked{batch.Ticket, p.kept}
	}
	return batch
}

// settle tells of the runs of all that are not kept.
func (o *Outlet) settle(ticket core.Ticket, all []core.Message, kept []int, verdict core.Verdict, reason core.Reason) {
	observer := o.Window.Observer()
	next := 0
	left := func(until int) {
		if until == next {
			return
		}
		if o.Counts && ticket != nil {
			ticket.Settled(next, until-next)
		}
		if observer != nil {
			observer.Observe(all[next:until], verdict, reason)
		}
	}
	for _, at := range kept {
		left(at)
		next = at + 1
	}
	left(len(all))
}

// picked is the ticket of what is kept: its message i was number kept[i].
type picked struct {
	core.Ticket
	kept []int
}

// Settled implements core.Ticket.
func (p *picked) Settled(first, count int) {
	for end := first + count; first < end; {
		run := 1
		for first+run < end && p.kept[first+run] == p.kept[first]+run {
			run++
		}
		p.Ticket.Settled(p.kept[first], run)
		first += run
	}
}
