package sdk

import (
	"context"
	"errors"

	"github.com/araldo-relay/araldo/core"
)

// run sends until the lane ends.
func (l *lane) run() {
	defer close(l.done)
	defer l.binding.end()
	if l.after != nil {
		<-l.after // calls of one lane never overlap
	}
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.awake:
		}
		for w := l.take(); w.messages != nil; w = l.take() {
			l.send(w)
		}
	}
}

// take begins the sending of all that is queued.
func (l *lane) take() work {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sending = len(l.queue) > 0 && l.ctx.Err() == nil
	if !l.sending {
		l.release()
		return work{}
	}
	w := work{ctx: l.epochCtx, epoch: l.tally.epoch, first: l.queued, messages: l.queue}
	l.queue = nil
	return w
}

// send sends messages in as many calls as the lane's order asks for.
func (l *lane) send(w work) {
	sink, err := l.current()
	if err == nil {
		l.binding.renew(w.ctx, l.opened.sending)
	}
	for len(w.messages) > 0 && w.ctx.Err() == nil {
		n := l.portion(w.messages)
		if l.careful > 0 || l.options.Strict && !l.ordered {
			n = 1
			l.careful = max(0, l.careful-1)
		}
		outcome := err
		if err == nil {
			outcome = l.attempt(sink, w.messages[:n])
		}
		if !l.settle(w, n, outcome) {
			return
		}
		w.first += uint64(n)
		w.messages = w.messages[n:]
	}
}

// attempt calls Send, unless the endpoint is being closed.
func (l *lane) attempt(sink Sink, messages []Message) error {
	ctx := l.binding.ctx
	if l.opened.sending.Err() != nil {
		return errDisabled
	}
	return guard(l.stream.instance.log, "Send", func() error { return sink.Send(ctx, messages) })
}

// binding is the context of Sends: that of the epoch, which ends too when the endpoint is about to be closed.
type binding struct {
	epoch, sending, ctx context.Context
	release             func()
}

// renew makes the context, unless it is that of the same two.
func (b *binding) renew(epoch, sending context.Context) {
	if b.epoch == epoch && b.sending == sending {
		return
	}
	b.end()
	ctx, cancel := context.WithCancel(sending) // it has ended when endSend returns, before Close
	stop := context.AfterFunc(epoch, cancel)
	*b = binding{epoch, sending, ctx, func() { stop(); cancel() }}
}

func (b *binding) end() {
	if b.release != nil {
		b.release()
	}
}

// portion is how many of the messages go into one Send.
func (l *lane) portion(messages []Message) int {
	n := len(messages)
	if l.mostMessages > 0 {
		n = min(n, l.mostMessages)
	}
	if l.mostBytes == 0 {
		return n
	}
	size := 0
	for i := range messages[:n] {
		if size += messages[i].Size(); size > l.mostBytes {
			return max(i, 1)
		}
	}
	return n
}

// settle notes what became of the first n messages and reports whether the next may be sent.
func (l *lane) settle(w work, n int, outcome error) bool {
	var panicked *panicError
	if errors.As(outcome, &panicked) {
		l.careful = laneMessages
	}
	bytes := 0
	for i := range w.messages[:n] {
		bytes += w.messages[i].Size()
	}
	urgent, more := l.note(w, n, bytes, exceptionsOf(outcome, n))
	l.stream.report(l, urgent)
	return more
}

// note tallies n messages, on a strict lane up to the first failure. It reports whether the hub should hear of it at
// once and whether the next messages may be sent.
func (l *lane) note(w work, n, bytes int, exceptions []Exception) (urgent, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.epoch != l.tally.epoch || w.ctx.Err() != nil {
		return false, false // void
	}
	if failedAt := firstFailure(exceptions); l.options.Strict && failedAt >= 0 {
		n = exceptions[failedAt].Index + 1
		exceptions = exceptions[:failedAt+1]
		exceptions[failedAt].Count = 1
		l.refusing, l.queue = true, nil
	}
	return l.tally.add(w.first, n, bytes, exceptions), !l.refusing
}

// current is the lane's sink, found anew when the instance was closed and opened meanwhile.
func (l *lane) current() (Sink, error) {
	i := l.stream.instance
	o := i.opened.Load()
	if o == nil || !i.enabled.Load() {
		return nil, errDisabled
	}
	if o == l.opened {
		return l.sink, nil
	}
	sink := o.sink
	if o.laner != nil {
		err := guard(i.log, "Lane", func() (err error) {
			sink, err = o.laner.Lane(l.options)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if sink == nil {
		return nil, &Failure{
			Class: core.FailurePermanent, Scope: core.ScopeEndpoint, Attempted: core.AttemptedNo,
			Detail: "the endpoint is no outbound",
		}
	}
	l.opened, l.sink = o, sink
	_, l.ordered = sink.(Ordered)
	l.mostMessages, l.mostBytes = 0, 0
	if portioned, can := sink.(Portioned); can {
		l.mostMessages, l.mostBytes = portioned.Portion()
	}
	return sink, nil
}
