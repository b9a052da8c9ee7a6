package delivery

import (
	"sort"
	"time"
)

// flight is a chunk that was sent and is not settled.
type flight struct {
	chunk
	first uint64
	// since is when it was sent or, for pending ones, when the endpoint named it so.
	since time.Duration
}

func (f *flight) last() uint64 { return f.first + uint64(len(f.messages)) - 1 }

// flights are runs of messages in the order of their sequence numbers, with gaps where some are settled.
type flights struct{ deque[flight] }

// search finds the first run that ends at sequence or later.
func (fs *flights) search(sequence uint64) int {
	if fs.len() == 0 || fs.at(0).last() >= sequence {
		return 0
	}
	return sort.Search(fs.len(), func(i int) bool { return fs.at(i).last() >= sequence })
}

// cleave makes sequence the first of a run where it lies inside one.
func (fs *flights) cleave(sequence uint64) {
	i := fs.search(sequence)
	if i == fs.len() || fs.at(i).first >= sequence {
		return
	}
	rest := fs.at(i)
	head := *rest
	head.chunk = rest.split(int(sequence - rest.first))
	rest.first = sequence
	fs.insert(i, head)
}

// cut takes out what lies between first and last, both included, and appends it to into.
func (fs *flights) cut(first, last uint64, into []flight) []flight {
	fs.cleave(first)
	fs.cleave(last + 1)
	from := fs.search(first)
	to := from
	for to < fs.len() && fs.at(to).first <= last {
		into = append(into, *fs.at(to))
		to++
	}
	fs.remove(from, to)
	return into
}

// put inserts f at its place.
func (fs *flights) put(f flight) { fs.insert(fs.search(f.first), f) }

// clear takes all out and appends it to into.
func (fs *flights) clear(into []flight) []flight {
	into = append(into, fs.items[fs.head:]...)
	fs.remove(0, fs.len())
	return into
}
