package sdk

import (
	"context"
	"fmt"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// openLane begins an epoch, on a new lane or on one that stands.
func (st *stream) openLane(open *pluginv1.LaneOpen) {
	st.mu.Lock()
	defer st.mu.Unlock()
	l := st.lanes[open.Lane]
	if l == nil || l.closed() {
		st.forgetEnded()
		var after <-chan struct{}
		switch {
		case l != nil:
			after = l.done
		case st.previous != nil:
			after = st.previous.over
		}
		l = newLane(st, open.Lane, wire.FromLaneOpen(open), after)
		st.lanes[open.Lane] = l
	}
	l.begin(open.Epoch)
	st.owe(l)
	st.wakeWriter()
}

// owe notes that a lane may have something to tell the hub. The caller holds the lock.
func (st *stream) owe(lanes ...*lane) {
	for _, l := range lanes {
		if !l.owing {
			l.owing = true
			st.owing = append(st.owing, l)
		}
	}
}

// takeOwing returns the lanes that owe something. They are the writer's until it comes again.
func (st *stream) takeOwing() []*lane {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, l := range st.owing {
		l.owing = false
	}
	clear(st.told)
	st.told, st.owing = st.owing, st.told[:0]
	return st.told
}

// forgetEnded drops lanes that nobody has to wait for. The caller holds the lock.
func (st *stream) forgetEnded() {
	for number, l := range st.lanes {
		select {
		case <-l.done:
			delete(st.lanes, number)
		default:
		}
	}
}

func (st *stream) closeLane(number uint32) {
	if number == 0 {
		st.instance.out.end(st)
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if l := st.lanes[number]; l != nil {
		l.close()
	}
}

// allLanes lists the lanes, closed ones too.
func (st *stream) allLanes() []*lane {
	st.mu.Lock()
	defer st.mu.Unlock()
	list := make([]*lane, 0, len(st.lanes))
	for _, l := range st.lanes {
		list = append(list, l)
	}
	return list
}

// lanesIdle waits until every lane has sent what it has.
func (st *stream) lanesIdle(ctx context.Context) error {
	for _, l := range st.allLanes() {
		if err := l.idle(ctx); err != nil {
			return fmt.Errorf("Send did not return: %w", err)
		}
	}
	return nil
}

// stopLanes ends all lanes and waits for their goroutines for half of the time that ctx leaves.
func (st *stream) stopLanes(ctx context.Context) {
	share, cancel := half(ctx)
	defer cancel()
	lanes := st.allLanes()
	for _, l := range lanes {
		l.close()
	}
	for _, l := range lanes {
		select {
		case <-l.done:
		case <-share.Done():
			return
		}
	}
}
