package host

import (
	"sync/atomic"
	"time"
)

// heard is when an endpoint's stream last brought a frame. Its methods may be called by any goroutine.
type heard struct {
	began time.Time
	// at is the time since began; 0: no stream stands.
	at atomic.Int64
}

func newHeard() *heard { return &heard{began: time.Now()} }

func (h *heard) now() { h.at.Store(max(1, int64(time.Since(h.began)))) }

func (h *heard) end() { h.at.Store(0) }

// ago is how long ago that is, -1 where no stream stands.
func (h *heard) ago() time.Duration {
	at := h.at.Load()
	if at == 0 {
		return -1
	}
	return time.Since(h.began) - time.Duration(at)
}

// heard is how long ago the quietest stream of the plugin last brought a frame, -1 where none stands. The caller holds
// the lock.
func (p *Plugin) heard() time.Duration {
	quietest := time.Duration(-1)
	for _, e := range p.endpoints {
		quietest = max(quietest, e.heard.ago())
	}
	return quietest
}
