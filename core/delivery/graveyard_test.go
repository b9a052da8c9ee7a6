package delivery_test

import (
	"strings"
	"sync"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
	"pgregory.net/rapid"
)

// graveyard is the model's dead letter: it settles what it has got when it is told to.
type graveyard struct {
	mu       sync.Mutex
	open     []core.Batch
	attempts map[uint64]int
	fault    string
	// hostile: endpoints may fail without a word.
	hostile bool
}

func (g *graveyard) Bury(batch core.Batch, cause delivery.Cause) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = append(g.open, batch)
	for i := range batch.Messages {
		number := coretest.Number(&batch.Messages[i])
		if _, again := g.attempts[number]; again {
			g.fault = "a message was buried twice"
		}
		if strings.HasPrefix(string(batch.Messages[i].Payload), "e") {
			g.fault = "a message was buried as it was encoded"
		}
		if cause.First.After(cause.Last) || cause.Detail == "" && !g.hostile {
			g.fault = "a message was buried for no cause"
		}
		g.attempts[number] = cause.Attempts
	}
}

// settleAll settles what is open, and says the first of each batch twice.
func (g *graveyard) settleAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, batch := range g.open {
		batch.Ticket.Settled(0, 1)
		batch.Ticket.Settled(0, len(batch.Messages))
	}
	g.open = nil
}

// bury lets the dead letter confirm.
func (m *model) bury(*rapid.T) {
	if m.grave != nil {
		m.grave.settleAll()
	}
}

// checkGrave holds what the dead letter was told against what the endpoint saw and the account says.
func (m *model) checkGrave(t *rapid.T) {
	if m.grave == nil {
		return
	}
	m.receive()
	if m.grave.fault != "" {
		t.Fatal(m.grave.fault)
	}
	for number, attempts := range m.grave.attempts {
		if attempts != m.sent[number] {
			t.Fatalf("message %d was buried after %d attempts, the endpoint saw %d", number, attempts, m.sent[number])
		}
	}
	account := m.front().Snapshot().Account
	if left := m.grave.left(); account.DeadLettered+left != uint64(len(m.grave.attempts)) {
		t.Fatalf("%d messages were buried, %d of them are open, the account has %d", len(m.grave.attempts), left,
			account.DeadLettered)
	}
	for _, reason := range []core.Reason{core.ReasonRefused, core.ReasonTooLarge, core.ReasonUndecodable,
		core.ReasonUnencodable} {
		if account.Dropped[reason] > 0 {
			t.Fatalf("dropped as %v, and there is a dead letter", reason)
		}
	}
}

func (g *graveyard) left() uint64 {
	left := 0
	for _, batch := range g.open {
		left += len(batch.Messages)
	}
	return uint64(left)
}
