package ledger

import (
	"fmt"
	"time"
)

// Figures sum up a history.
type Figures struct {
	// Sent messages were given to the source, Acked ones it has accepted.
	Sent  uint64 `json:"sent"`
	Acked uint64 `json:"acked"`
	// Delivered are the messages that arrived in the archive, DeadLettered those in the dead letter, each counted once.
	// GivenUp are those of the latter that were no poison.
	Delivered    uint64 `json:"delivered"`
	DeadLettered uint64 `json:"dead-lettered"`
	GivenUp      uint64 `json:"given-up"`
	// Seen is how often something arrived at a browser.
	Seen uint64 `json:"seen"`
	// Missing were accepted and arrived nowhere.
	Missing uint64 `json:"missing"`
	// Duplicates are arrivals of what had arrived there before.
	Duplicates uint64 `json:"duplicates"`
	// Forged arrivals were never sent; Wrong ones had another payload or place than theirs.
	Forged uint64 `json:"forged"`
	Wrong  uint64 `json:"wrong"`
	// Unread is how often arrivals could not be read.
	Unread uint64 `json:"unread"`
	// Faults say what is wrong, the first twenty.
	Faults []string `json:"faults"`
}

// Figures counts everything. It looks at each message.
func (l *Ledger) Figures() Figures {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := Figures{
		Sent: uint64(len(l.messages)), Acked: uint64(l.acked), Seen: l.arrived[Browser], Duplicates: l.repeated,
		Forged: uint64(l.forged), Wrong: uint64(l.wrong), Unread: uint64(l.lost), Faults: append([]string{}, l.faults...),
	}
	for n := range l.messages {
		l.count(&f, uint64(n))
	}
	return f
}

func (l *Ledger) count(f *Figures, n uint64) {
	m := &l.messages[n]
	if m.arrivals[Archive] > 0 {
		f.Delivered++
	}
	if m.arrivals[DeadLetter] > 0 {
		f.DeadLettered++
		if !l.Poison(n) {
			f.GivenUp++
		}
	}
	if m.acked && !m.safe() {
		f.Missing++
		if len(f.Faults) < mostFaults {
			f.Faults = append(f.Faults, fmt.Sprintf("message %d was accepted and arrived nowhere", n))
		}
	}
}

// Open is how many accepted messages have not arrived yet.
func (l *Ledger) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// Sent is how many numbers were given out: the next one.
func (l *Ledger) Sent() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.messages))
}

// Acked is how many messages the source has accepted.
func (l *Ledger) Acked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked
}

// Newest is one more than the highest number that arrived at a place.
func (l *Ledger) Newest(at Place) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest[at]
}

// Arrived is how many genuine or other arrivals a place had.
func (l *Ledger) Arrived(at Place) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.arrived[at]
}

// Watch begins to measure pauses anew.
func (l *Ledger) Watch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.last = [places]time.Time{now, now, now}
	l.pause = [places]time.Duration{}
}

// Pause is the longest time without an arrival at a place since Watch, up to now.
func (l *Ledger) Pause(at Place) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last[at].IsZero() {
		return 0
	}
	return max(l.pause[at], time.Since(l.last[at]))
}
