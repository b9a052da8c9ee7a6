package host

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/proto/wire"
)

const (
	// requestsAhead is how many requests may be unanswered on one stream: enough that the plugin never waits.
	requestsAhead = 8
	// strikeLimit is how many ends of a process or stream a request is part of before its messages are sent singly, to
	// find the one that is the cause.
	strikeLimit = 3
)

// conversions are one way of a marshalling, through all streams: what waits, and what the plugin was sent.
type conversions struct {
	marshalling *Marshalling
	// reason is what a message that has no result is poison for.
	reason core.Reason
	*yield
	awake chan struct{} // capacity 1: there is something to send

	mu      sync.Mutex
	waiting []*request
	sent    []*request // unanswered on the stream that stands, oldest first
	last    uint64     // sequence number of the newest request of the stream
	late    *time.Timer
}

// yield is what came of all messages, which the next marshalling of the name goes on counting.
type yield struct{ converted, failed atomic.Uint64 }

// conversion is one call of Convert. Its answers come in order, to one goroutine.
type conversion struct {
	in, out []core.Message
	faults  []core.Fault
	trust   []string
	left    int // requests without an answer; guarded by the mutex of conversions
	done    func([]core.Message, []core.Fault)
}

// request is messages of one conversion and one source that cross in one frame.
type request struct {
	*conversion
	from, to int
	sequence uint64
	// strikes counts ends of a process or stream that it may be the cause of; alone: it was sent by itself to find out.
	strikes int
	alone   bool
}

func newConversions(m *Marshalling, reason core.Reason) *conversions {
	return &conversions{marshalling: m, reason: reason, yield: &yield{}, awake: make(chan struct{}, 1)}
}

// add takes messages over, in requests that fit into frames.
func (q *conversions) add(messages []core.Message, trust []string, done func([]core.Message, []core.Fault)) *conversion {
	c := &conversion{in: messages, out: slices.Clone(messages), trust: trust, done: done}
	var requests []*request
	for from := 0; from < len(messages); {
		n, _ := fitting(ofOneSource(messages[from:]), wire.FrameTarget)
		requests = append(requests, &request{conversion: c, from: from, to: from + n})
		from += n
	}
	c.left = len(requests)
	q.mu.Lock()
	q.waiting = append(q.waiting, requests...)
	q.mu.Unlock()
	q.wake()
	return c
}

// ofOneSource is the messages up to the first of another source.
func ofOneSource(messages []core.Message) []core.Message {
	for i := range messages {
		if messages[i].Source != messages[0].Source {
			return messages[:i]
		}
	}
	return messages
}

func (q *conversions) wake() {
	select {
	case q.awake <- struct{}{}:
	default:
	}
}

// run moves requests and answers over one stream until it ends; then it cancels it with the reason.
func (q *conversions) run(ctx context.Context, cancel context.CancelCauseFunc, proc *process, x exchange) {
	timeout := q.marshalling.endpoint.instance.Timeout
	q.mu.Lock()
	q.last = 0
	q.late = time.AfterFunc(timeout, func() {
		proc.child.kill(fmt.Sprintf("marshalling %s did not answer within %v", q.name(), timeout))
	})
	q.late.Stop()
	q.mu.Unlock()
	var beside sync.WaitGroup
	beside.Go(func() { q.write(ctx, x) })
	cancel(q.read(x))
	beside.Wait()
	q.late.Stop()
}

func (q *conversions) name() string { return q.marshalling.endpoint.instance.Name }

func (q *conversions) write(ctx context.Context, x exchange) {
	for {
		for r := q.next(); r != nil; r = q.next() {
			if x.send(q.marshalling.endpoint.instance.alias(), r) != nil {
				return // the reader learns why
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-q.awake:
		}
	}
}

// next takes the request that may be sent now, nil if there is none.
func (q *conversions) next() *request {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 || len(q.sent) >= requestsAhead || len(q.sent) > 0 && q.sent[0].alone {
		return nil
	}
	if q.waiting[0].strikes >= strikeLimit {
		if len(q.sent) > 0 {
			return nil
		}
		q.waiting = slices.Replace(q.waiting, 0, 1, q.waiting[0].singles()...)
	}
	r := q.waiting[0]
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
	q.last++
	r.sequence = q.last
	q.sent = append(q.sent, r)
	if len(q.sent) == 1 {
		q.late.Reset(q.marshalling.endpoint.instance.Timeout)
	}
	return r
}

// singles is the request's messages, each to be sent alone.
func (r *request) singles() []*request {
	list := make([]*request, r.to-r.from)
	for i := range list {
		list[i] = &request{conversion: r.conversion, from: r.from + i, to: r.from + i + 1, strikes: r.strikes, alone: true}
	}
	r.left += len(list) - 1
	return list
}

// read takes answers until the stream ends, and says why it did.
func (q *conversions) read(x exchange) error {
	for {
		a, err := x.receive()
		if err != nil {
			return err
		}
		r, err := q.answered(a)
		if err != nil {
			return err
		}
		q.finish(r, q.fill(r, a))
	}
}

// answered takes the oldest request out, if a is its answer.
func (q *conversions) answered(a *answer) (*request, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.sent) == 0 || a.sequence != q.sent[0].sequence {
		return nil, violates(resetSequence, "answer %d is to no question that was asked first", a.sequence)
	}
	if err := a.check(q.sent[0].to - q.sent[0].from); err != nil {
		return nil, err
	}
	r := q.sent[0]
	q.sent[0] = nil
	if q.sent = q.sent[1:]; len(q.sent) > 0 {
		q.late.Reset(q.marshalling.endpoint.instance.Timeout)
	} else {
		q.late.Stop()
	}
	return r, nil
}

// finish notes that a request is answered, some of it by faults, and that its conversion is done if it was the last.
func (q *conversions) finish(r *request, faults []core.Fault) {
	q.wake()
	q.failed.Add(uint64(len(faults)))
	q.converted.Add(uint64(r.to - r.from - len(faults)))
	r.faults = append(r.faults, faults...)
	q.mu.Lock()
	r.left--
	last := r.left == 0
	q.mu.Unlock()
	if last {
		r.done(r.out, r.faults)
	}
}

// died treats the end of the process: whatever was sent may be the cause.
func (q *conversions) died() {
	q.blame(len(q.sent), core.ReasonCrashedPlugin, "its plugin died each time it was given the message")
}

// broke treats the end of a stream whose process lives: the oldest request is the likely cause.
func (q *conversions) broke(err error) {
	q.blame(min(len(q.sent), 1), q.reason, plain(err).Error())
}

// blame counts a strike against the oldest n requests. A message that was alone at its last strike is the cause; all
// else is sent again. No stream stands, so nobody else touches what was sent.
func (q *conversions) blame(n int, reason core.Reason, detail string) {
	for _, r := range q.sent[:n] {
		r.strikes++
	}
	if n == 1 && q.sent[0].alone {
		r := q.sent[0]
		q.sent = q.sent[1:]
		q.finish(r, []core.Fault{{Index: r.from, Reason: reason, Detail: q.detail("", detail)}})
	}
	q.giveBack()
}

// giveBack puts what was sent before what waits.
func (q *conversions) giveBack() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.sent, q.waiting...)
	q.sent = nil
}

// detail is a fault's text.
func (q *conversions) detail(path, text string) string {
	if path != "" {
		text = path + ": " + text
	}
	return printable("marshalling "+q.name()+": "+text, maxText)
}
