//go:build !linux

package mock

import "time"

// metronome wakes at a steady pace, with the grain of Go's timers.
type metronome struct {
	// C has a beat for those who look at it; beats that nobody looked at are one.
	C      chan struct{}
	ticker *time.Ticker
	ending chan struct{}
	ended  chan struct{}
}

func newMetronome(every time.Duration) (*metronome, error) {
	m := &metronome{make(chan struct{}, 1), time.NewTicker(max(every, time.Millisecond)), make(chan struct{}), make(chan struct{})}
	go m.beat()
	return m, nil
}

func (m *metronome) beat() {
	defer close(m.ended)
	for {
		select {
		case <-m.ticker.C:
		case <-m.ending:
			return
		}
		select {
		case m.C <- struct{}{}:
		default:
		}
	}
}

func (m *metronome) stop() {
	m.ticker.Stop()
	close(m.ending)
	<-m.ended
}
