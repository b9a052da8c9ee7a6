package work

import "github.com/araldo-relay/araldo/cmd/araldo-bench/load"

// What may be under way at saturation keeps queues of 1024 messages and of 8 MiB from overflowing, whatever they count
// beside the messages' bytes.
const (
	windowMessages = 960
	windowBytes    = 4 << 20
)

// window is how many messages may be under way, of all senders together.
func (r *run) window() int { return max(1, min(windowMessages, windowBytes/r.options.Size)) }

// senders are fewer than the workload has where a message of each would be more than the window.
func (r *run) senders() int {
	if r.work.Rate > 0 {
		return r.work.Senders
	}
	return min(r.work.Senders, r.window())
}

func (r *run) body() load.Body { return load.Body{Size: r.options.Size, Document: r.work.Document} }
