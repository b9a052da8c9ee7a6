package bench

import (
	"log/slog"
	"time"

	"github.com/araldo-relay/araldo/routes"
)

// Options say what load to bring, and for how long.
type Options struct {
	// Inbound is the endpoint at which the route begins, Outlet the name of the outlet that is measured.
	Inbound, Outlet string
	// Rate is messages per second, whether or not the relay takes them; 0: as many as it takes, with a bounded number under
	// way.
	Rate     int
	Payload  []byte
	Duration time.Duration
	// Progress, if set, is called now and then by Run's goroutine.
	Progress func(Progress)
	Log      *slog.Logger
	Version  string
}

// Progress is how far a run has come.
type Progress struct {
	// Elapsed of the duration; 0 while the relay warms up.
	Elapsed time.Duration
	// PerSecond is messages delivered per second since the last Progress.
	PerSecond float64
	// Latency is of all messages so far.
	Latency Latency
	// Waiting messages are queued or in flight, Lost were dropped.
	Waiting, Lost uint64
}

// The bounds of the window, in messages: well below the shortest queue of the route, so that nothing overflows.
const (
	mostUnderWay = 2048
	windowShare  = 2
)

// underWay is how many messages may be under way in a route where the rate is what it takes.
func underWay(route *routes.Route, size int) int {
	n := mostUnderWay
	for _, o := range route.Outlets {
		n = min(n, o.Queue.Messages/windowShare, o.Queue.Bytes/windowShare/max(size, 1))
	}
	return max(n, 1)
}
