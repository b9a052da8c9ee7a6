package router

import (
	"container/list"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// The attributes of requests and replies. Messages with an event are an endpoint's own and ask nothing.
const (
	correlationAttribute = "correlation"
	connAttribute        = "conn"
	toAttribute          = "to"
	eventAttribute       = "event"
)

// mostPending is how many requests of one outlet may wait for their replies; then the oldest is forgotten.
const mostPending = 1 << 16

// Requests are what a hub's endpoints asked and what is not answered yet. The methods of Requests, Asker and Answerer may
// be called by any goroutine; they take one lock per batch. The zero value is ready.
type Requests struct {
	mu      sync.Mutex
	pending map[string]*list.Element // of *request, by correlation
}

// Asker makes requests of one outlet's messages.
type Asker struct {
	requests *Requests
	endpoint string
	most     int
	// timeout is that of new requests, waiting are those by deadline; counts is without Pending. Guarded by the lock of
	// requests.
	timeout time.Duration
	waiting list.List
	counts  RequestCounts
}

// RequestCounts are what became of an outlet's requests. One that is answered after its time is over counts as TimedOut.
type RequestCounts struct{ Pending, Answered, TimedOut, Displaced uint64 }

// Asked is how many there were in all.
func (c RequestCounts) Asked() uint64 { return c.Pending + c.Answered + c.TimedOut + c.Displaced }

// request is one message that waits for its reply.
type request struct {
	asker *Asker
	// conn is who asked, empty where it was the endpoint as a whole. own is the correlation that it gave itself.
	correlation, conn, own string
	owned                  bool
	until                  time.Time
}

// Asker returns what makes requests of an outlet's messages: endpoint is their source, which gets a reply if that
// comes within timeout.
func (r *Requests) Asker(endpoint string, timeout time.Duration) *Asker {
	return &Asker{requests: r, endpoint: endpoint, timeout: timeout, most: mostPending}
}

// ask stamps each message of a batch that can be sent and is no reply itself, and remembers who sent it.
func (a *Asker) ask(batch core.Batch, replies []int) core.Batch {
	messages := slices.Clone(batch.Messages)
	asked := make([]*request, 0, len(messages))
	random := make([]byte, 16*len(messages))
	rand.Read(random) // never fails
	faulty := batch.Faults
	for i := range messages {
		if len(faulty) > 0 && faulty[0].Index == i {
			faulty = faulty[1:]
			continue
		}
		if len(replies) > 0 && replies[0] == i {
			replies = replies[1:]
			continue
		}
		if messages[i].Attribute(eventAttribute) != "" {
			continue
		}
		one := &request{asker: a, correlation: hex.EncodeToString(random[16*i : 16*i+16])}
		one.conn = messages[i].Attribute(connAttribute)
		if h := messages[i].Header; h != nil {
			one.own, one.owned = h.Attributes.Get(correlationAttribute)
		}
		messages[i].Header = with(messages[i].Header, core.Attribute{Name: correlationAttribute, Value: one.correlation})
		asked = append(asked, one)
	}
	a.remember(asked)
	batch.Messages = messages
	return batch
}

// remember keeps requests, the oldest of them only as long as there is room.
func (a *Asker) remember(asked []*request) {
	r := a.requests
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending == nil {
		r.pending = map[string]*list.Element{}
	}
	now := time.Now()
	a.expire(now)
	for _, one := range asked {
		one.until = now.Add(a.timeout)
		if a.waiting.Len() >= a.most {
			r.forget(a.waiting.Front())
			a.counts.Displaced++
		}
		r.pending[one.correlation] = a.waiting.PushBack(one)
	}
}

// SetTimeout changes the time of the requests that follow. Those that wait have no more than that either.
func (a *Asker) SetTimeout(timeout time.Duration) {
	a.requests.mu.Lock()
	defer a.requests.mu.Unlock()
	a.timeout = timeout
	until := time.Now().Add(timeout)
	for e := a.waiting.Front(); e != nil; e = e.Next() {
		if one := e.Value.(*request); one.until.After(until) {
			one.until = until
		}
	}
}

// Counts are what became of the requests so far.
func (a *Asker) Counts() RequestCounts {
	a.requests.mu.Lock()
	defer a.requests.mu.Unlock()
	a.expire(time.Now())
	counts := a.counts
	counts.Pending = uint64(a.waiting.Len())
	return counts
}

// Close forgets all requests: their replies would find no route. They count as timed out.
func (a *Asker) Close() {
	a.requests.mu.Lock()
	defer a.requests.mu.Unlock()
	for a.waiting.Len() > 0 {
		a.requests.forget(a.waiting.Front())
		a.counts.TimedOut++
	}
}

// expire forgets the requests whose time is over. It needs no timer, because nobody but those who call it could tell.
// The caller holds the lock.
func (a *Asker) expire(now time.Time) {
	for oldest := a.waiting.Front(); oldest != nil && !oldest.Value.(*request).until.After(now); oldest = a.waiting.Front() {
		a.requests.forget(oldest)
		a.counts.TimedOut++
	}
}

// forget takes a request out. The caller holds the lock.
func (r *Requests) forget(e *list.Element) {
	one := e.Value.(*request)
	one.asker.waiting.Remove(e)
	delete(r.pending, one.correlation)
}

// with is a header with that attribute.
func with(h *core.Header, a core.Attribute) *core.Header {
	if h == nil {
		return &core.Header{Attributes: core.Attributes{a}}
	}
	return &core.Header{ContentType: h.ContentType, Attributes: core.NewAttributes(append(slices.Clone(h.Attributes), a)...)}
}
