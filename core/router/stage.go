package router

import (
	"context"
	"slices"
	"sync"

	"github.com/araldo-relay/araldo/core"
)

const (
	// mostWaiting messages and bytes may wait for their decoding where no outlet that needs the values holds the source
	// back; then the oldest overflow.
	mostWaiting, mostWaitingBytes = 4096, 8 << 20
	// mostAtOnce is where one decoding ends though more waits, mostUnderWay how many the decoder is given at a time.
	mostAtOnce, mostAtOnceBytes = 1024, 256 << 10
	mostUnderWay                = 2
)

// stage decodes one source's batches, in order, for those outlets that need values.
type stage struct {
	decoder core.Converter

	mu      sync.Mutex
	waiting []arrival
	// messages and bytes are the sums of waiting.
	messages, bytes int
	// underWay are the arrivals of each decoding that is not done, oldest first.
	underWay [][]arrival
	closed   bool
	// abandoned: it was closed though outlets go on that it has something for.
	abandoned bool
	idle      []chan struct{}
}

// arrival is a batch and the route that it came by. Its ticket is the one that outlets share.
type arrival struct {
	route *route
	core.Batch
	bytes int
}

// add takes a batch over.
func (s *stage) add(a arrival) {
	a.bytes = a.Batch.Bytes() + core.HeaderBytes(a.Messages)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, a)
	s.messages += len(a.Messages)
	s.bytes += a.bytes
	if s.closed {
		s.giveUp()
		return
	}
	s.pump()
	for !a.route.holds && len(s.waiting) > 1 && (s.messages > mostWaiting || s.bytes > mostWaitingBytes) {
		oldest := s.pop()
		oldest.overflow()
	}
}

func (s *stage) pop() arrival {
	a := s.waiting[0]
	s.waiting[0] = arrival{}
	s.waiting = s.waiting[1:]
	s.messages -= len(a.Messages)
	s.bytes -= a.bytes
	return a
}

// pump gives the decoder what it may have. The caller holds the lock, so that the order stays.
func (s *stage) pump() {
	for len(s.underWay) < mostUnderWay && len(s.waiting) > 0 {
		arrivals := s.gather()
		messages := arrivals[0].Messages
		if len(arrivals) > 1 {
			messages = joined(arrivals)
		}
		s.underWay = append(s.underWay, arrivals)
		s.decoder.Convert(messages, s.decoded)
	}
}

// gather takes the batches that are decoded together, at least one.
func (s *stage) gather() (arrivals []arrival) {
	for messages, size := 0, 0; len(s.waiting) > 0; {
		next := &s.waiting[0]
		messages, size = messages+len(next.Messages), size+next.bytes
		if len(arrivals) > 0 && (size > mostAtOnceBytes || messages > mostAtOnce) {
			break
		}
		arrivals = append(arrivals, s.pop())
	}
	return arrivals
}

func joined(arrivals []arrival) []core.Message {
	n := 0
	for i := range arrivals {
		n += len(arrivals[i].Messages)
	}
	messages := make([]core.Message, 0, n)
	for i := range arrivals {
		messages = append(messages, arrivals[i].Messages...)
	}
	return messages
}

// decoded hands on what was under way. The decoder calls it in order.
func (s *stage) decoded(values []core.Message, faults []core.Fault) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	arrivals := s.underWay[0]
	s.mu.Unlock()
	from := 0
	for i := range arrivals {
		to := from + len(arrivals[i].Messages)
		var own []core.Fault
		for len(faults) > 0 && faults[0].Index < to {
			f := faults[0]
			f.Index -= from
			own = append(own, f)
			faults = faults[1:]
		}
		arrivals[i].decoded(values[from:to:to], united(arrivals[i].Faults, own))
		from = to
	}
	s.done()
}

// united are the faults of a batch as its source gave it and those of its decoding, of which the former prevail.
func united(given, found []core.Fault) []core.Fault {
	if len(given) == 0 {
		return found
	}
	all := slices.Concat(given, found)
	slices.SortStableFunc(all, func(a, b core.Fault) int { return a.Index - b.Index })
	return slices.CompactFunc(all, func(a, b core.Fault) bool { return a.Index == b.Index })
}

// done takes the oldest decoding out.
func (s *stage) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.underWay = s.underWay[1:]
	s.pump()
	s.rest()
}

// rest tells those who wait for the stage to be empty that it is.
func (s *stage) rest() {
	if len(s.underWay)+len(s.waiting) > 0 {
		return
	}
	for _, idle := range s.idle {
		close(idle)
	}
	s.idle = nil
}

// drain waits until nothing is being decoded, or returns ctx's error if that ends first.
func (s *stage) drain(ctx context.Context) error {
	idle := make(chan struct{})
	s.mu.Lock()
	s.idle = append(s.idle, idle)
	s.rest()
	s.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close gives what is not decoded to its outlets as it is. They are closed and only account for it. The decoder must
// be closed.
func (s *stage) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, arrivals := range s.underWay {
		for i := range arrivals {
			arrivals[i].giveUp()
		}
	}
	s.underWay = nil
	s.giveUp()
}

func (s *stage) giveUp() {
	for len(s.waiting) > 0 {
		a := s.pop()
		if s.abandoned {
			a.overflow()
		} else {
			a.giveUp()
		}
	}
}

func (a *arrival) giveUp() {
	a.each(func(o *Outlet, batch core.Batch) { o.Target.Offer(batch) })
}

// each calls do with every outlet that needs values, and the batch with the outlet's ticket.
func (a *arrival) each(do func(*Outlet, core.Batch)) {
	for i := range a.route.outlets {
		o := &a.route.outlets[i]
		if o.Decoder == nil {
			continue
		}
		batch := a.Batch
		batch.Ticket = o.ticket(a.Ticket)
		do(o, batch)
	}
}

func (a *arrival) overflow() {
	a.each(func(o *Outlet, batch core.Batch) {
		if observer := o.Window.Observer(); observer != nil {
			observer.Observe(batch.Messages, core.VerdictDropped, core.ReasonOverflow)
		}
		batch.Messages, batch.Faults, batch.Overflowed = nil, nil, len(batch.Messages)
		o.Target.Offer(batch)
	})
}

// decoded hands the batch to the outlets that waited for its values. The ones without a value keep their bytes.
func (a *arrival) decoded(values []core.Message, faults []core.Fault) {
	if a.Trace != nil {
		values, a.Trace = a.Trace.Decoded(values)
	}
	passed := hop(core.Batch{Messages: values, Faults: faults})
	bytes := hop(a.Batch)
	seen := view{messages: passed.left()}
	a.each(func(o *Outlet, batch core.Batch) {
		batch.Messages, batch.Faults = bytes.Messages, faults
		if o.Values {
			o.value(&batch, passed.Messages)
		}
		o.offer(o.exclude(batch, passed.spent), &seen)
	})
}

// value gives a batch its values instead of the bytes that it has, or beside them.
func (o *Outlet) value(batch *core.Batch, values []core.Message) {
	kept := 0
	if o.Keeps {
		batch.Originals, kept = batch.Messages, batch.Pinned
	}
	batch.Messages = values
	batch.Pinned = kept + batch.Bytes()
}
