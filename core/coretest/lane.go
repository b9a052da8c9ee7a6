package coretest

import (
	"math"
	"sync"

	"github.com/araldo-relay/araldo/core"
)

// Lane is an endpoint's end of a lane: it keeps what it is sent, and the test says what comes back.
type Lane struct {
	// Messages and Bytes are the credit that each epoch begins with; 0 messages means endless credit.
	Messages, Bytes uint64

	mu       sync.Mutex
	user     core.LaneUser
	epoch    uint64
	next     uint64
	messages float64 // what is left of the epoch's credit
	bytes    float64
	sent     []Sent
	fault    string
	broken   string
}

// Sent is one message as it arrived.
type Sent struct {
	Epoch, Sequence uint64
	Message         core.Message
}

// Connect gives user a stream.
func (l *Lane) Connect(user core.LaneUser) {
	l.mu.Lock()
	l.user = user
	epoch := l.begin()
	l.mu.Unlock()
	user.Up(l, epoch)
	l.grant(user, epoch)
}

// Disconnect ends the stream.
func (l *Lane) Disconnect(pluginDied bool) {
	l.mu.Lock()
	user := l.user
	l.user = nil
	l.mu.Unlock()
	user.Down(l, pluginDied)
}

// begin counts to the next epoch. The caller holds mu.
func (l *Lane) begin() uint64 {
	l.epoch++
	l.next = 1
	l.messages, l.bytes = 0, 0
	return l.epoch
}

func (l *Lane) grant(user core.LaneUser, epoch uint64) {
	messages, bytes := l.Messages, l.Bytes
	if messages == 0 {
		messages, bytes = math.MaxUint64, math.MaxUint64
	}
	l.allow(messages, bytes)
	user.Credit(epoch, messages, bytes)
}

func (l *Lane) allow(messages, bytes uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages += float64(messages)
	l.bytes += float64(bytes)
}

// Send implements core.Lane.
func (l *Lane) Send(first uint64, messages []core.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.user == nil {
		return
	}
	if first != l.next {
		l.fault = "sequence numbers are not consecutive"
	}
	for i, m := range messages {
		if l.messages < 1 || l.bytes <= 0 {
			l.fault = "a message was sent without credit"
		}
		l.messages--
		l.bytes -= float64(m.Size())
		l.sent = append(l.sent, Sent{l.epoch, first + uint64(i), m})
	}
	l.next = first + uint64(len(messages))
}

// Renew implements core.Lane.
func (l *Lane) Renew() uint64 {
	l.mu.Lock()
	epoch, user := l.begin(), l.user
	l.mu.Unlock()
	if user != nil {
		l.grant(user, epoch)
	}
	return epoch
}

// Break implements core.Lane. The stream goes on, so that tests see what else the sender believes.
func (l *Lane) Break(detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = detail
}

// Broken is what the sender last blamed the endpoint for, empty if nothing.
func (l *Lane) Broken() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// Epoch is the newest one.
func (l *Lane) Epoch() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch
}

// Take returns what was sent since the last Take.
func (l *Lane) Take() []Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.sent
	l.sent = nil
	return sent
}

// Fault is what the sender did wrong, empty if nothing.
func (l *Lane) Fault() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault
}

// Credit allows more in the newest epoch.
func (l *Lane) Credit(messages, bytes uint64) {
	l.allow(messages, bytes)
	l.to().Credit(l.Epoch(), messages, bytes)
}

// Confirm settles all up to a sequence number of the newest epoch.
func (l *Lane) Confirm(upTo uint64) { l.Tell(core.Receipt{Epoch: l.Epoch(), UpTo: upTo}) }

// Except names a run of messages of the newest epoch.
func (l *Lane) Except(first, count uint64, outcome core.Outcome, failure *core.Failure) {
	l.Tell(core.Receipt{Epoch: l.Epoch(), Exceptions: []core.Exception{{
		First: first, Count: count, Outcome: outcome, Failure: failure,
	}}})
}

// Tell sends any receipt.
func (l *Lane) Tell(receipt core.Receipt) { l.to().Receipt(receipt) }

func (l *Lane) to() core.LaneUser {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.user
}
