package delivery_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/delivery"
	"pgregory.net/rapid"
)

// model is an outlet between a source, whose tickets it keeps, and an endpoint that keeps the protocol but fails,
// delays, repeats itself and loses what is under way when its stream ends.
type model struct {
	options delivery.Options
	hostile bool
	outlet  *delivery.Outlet
	// heir is to take the outlet's place; nil where none is. enabled is what both were told.
	heir    *delivery.Outlet
	enabled bool
	encoder *coretest.Converter // nil where messages are sent as they come
	lane    coretest.Lane
	up      bool

	offered  uint64
	filtered uint64
	// bad are the messages that can't be decoded or encoded.
	bad     map[uint64]bool
	tickets []*coretest.Ticket
	sizes   []int

	epoch    uint64
	inbox    []coretest.Sent // arrived and not looked at
	seen     uint64          // sequence number of the last one looked at
	refusing bool            // strict: until the next epoch
	pending  []coretest.Sent // accepted, the receipt promised
	outgoing []core.Receipt  // written and not arrived
	old      []core.Receipt

	accepted map[uint64]int // how often each was dealt with, by the message's number
	sent     map[uint64]int // how often each was sent
	grave    *graveyard     // nil where there is no dead letter
	order    []uint64       // of first acceptances
}

func newModel(t *rapid.T, mode core.Mode, order core.Order, hostile bool) *model {
	m := &model{
		options: delivery.Options{
			Mode:     mode,
			Order:    order,
			Messages: rapid.IntRange(1, 40).Draw(t, "queue"),
			Bytes:    rapid.SampledFrom([]int{10, 300, 1 << 20}).Draw(t, "bytes"),
			Overflow: rapid.SampledFrom([]core.Overflow{core.OverflowBlock, core.OverflowDropOldest,
				core.OverflowDropNewest}).Draw(t, "overflow"),
			OnPoison: core.PoisonDrop,
			Timeout:  5 * time.Second,
			TTL:      rapid.SampledFrom([]time.Duration{0, 0, 20 * time.Second}).Draw(t, "ttl"),
			Hold: rapid.SampledFrom([]delivery.Hold{{}, {}, {Messages: 5, Age: 3 * time.Second},
				{Messages: 60, Age: 10 * time.Second}}).Draw(t, "hold"),
			Random: func() float64 { return 0.5 },
		},
		hostile:  hostile,
		accepted: map[uint64]int{},
		sent:     map[uint64]int{},
		bad:      map[uint64]bool{},
	}
	m.lane.Messages = rapid.SampledFrom([]uint64{0, 1, 7}).Draw(t, "credit")
	m.lane.Bytes = rapid.SampledFrom([]uint64{1, 100}).Draw(t, "byte credit")
	if rapid.Bool().Draw(t, "encodes") {
		m.encoder = &coretest.Converter{Prefix: "e"}
		m.options.Encoder = m.encoder
	}
	if rapid.Bool().Draw(t, "dead letter") {
		m.grave = &graveyard{attempts: map[uint64]int{}, hostile: hostile}
		m.options.DeadLetter = m.grave
	}
	m.outlet, m.enabled = delivery.New(m.options), true
	return m
}

func (m *model) offer(t *rapid.T) {
	n := rapid.IntRange(1, 12).Draw(t, "messages")
	batch := coretest.Batch("source", m.offered, n, rapid.IntRange(0, 20).Draw(t, "size"))
	batch.Pinned += rapid.SampledFrom([]int{0, 0, 1000}).Draw(t, "unused frame")
	ticket := &coretest.Ticket{}
	batch.Ticket = ticket
	m.offered += uint64(n)
	for i := range n {
		if rapid.IntRange(0, 9).Draw(t, "undecodable") == 0 {
			batch.Faults = append(batch.Faults, core.Fault{Index: i, Reason: core.ReasonUndecodable, Detail: "bad"})
			m.bad[coretest.Number(&batch.Messages[i])] = true
		}
	}
	batch.Filtered = rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "filtered")
	m.filtered += uint64(batch.Filtered)
	m.tickets, m.sizes = append(m.tickets, ticket), append(m.sizes, n)
	m.front().Offer(batch)
}

func (m *model) connect(*rapid.T) {
	if m.up {
		return
	}
	m.up = true
	m.lane.Connect(m.outlet)
}

func (m *model) disconnect(t *rapid.T) {
	if !m.up {
		return
	}
	m.up = false
	m.old = append(m.old, m.outgoing...)
	m.outgoing = nil
	// At most two deaths in a row blame nobody; the search for the message at fault has its own test.
	m.lane.Disconnect(false)
}

// receive takes what has arrived.
func (m *model) receive() {
	for _, sent := range m.lane.Take() {
		m.sent[coretest.Number(&sent.Message)]++
		if sent.Epoch != m.epoch {
			m.begin(sent.Epoch)
		}
		m.inbox = append(m.inbox, sent)
	}
	if m.epoch != m.lane.Epoch() {
		m.begin(m.lane.Epoch())
	}
}

func (m *model) begin(epoch uint64) {
	m.old = append(m.old, m.outgoing...)
	m.epoch, m.inbox, m.seen, m.refusing, m.pending, m.outgoing = epoch, nil, 0, false, nil, nil
}

// work looks at some of what has arrived and writes one receipt.
func (m *model) work(t *rapid.T) {
	m.receive()
	if len(m.inbox) == 0 || m.refusing || !m.up {
		return
	}
	n := rapid.IntRange(1, len(m.inbox)).Draw(t, "work")
	receipt := core.Receipt{Epoch: m.epoch}
	for _, sent := range m.inbox[:n] {
		if m.refusing {
			break
		}
		m.seen = sent.Sequence
		m.treat(t, sent, &receipt)
	}
	m.inbox = m.inbox[n:]
	receipt.UpTo = m.seen
	if m.refusing {
		receipt.UpTo--
	}
	m.outgoing = append(m.outgoing, receipt)
}

func (m *model) treat(t *rapid.T, sent coretest.Sent, receipt *core.Receipt) {
	exception := core.Exception{First: sent.Sequence, Count: 1}
	switch rapid.IntRange(0, 11).Draw(t, "fate") {
	case 0:
		exception.Outcome, exception.Failure = core.OutcomeFailed, m.failure(t, sent)
		m.refusing = m.options.Order == core.OrderStrict
	case 1:
		exception.Outcome = core.OutcomePending
		m.accept(sent)
		m.pending = append(m.pending, sent)
	case 2:
		exception.Outcome = core.OutcomeNoRecipient
		m.accept(sent)
	default:
		m.accept(sent)
		return
	}
	receipt.Exceptions = append(receipt.Exceptions, exception)
}

func (m *model) failure(t *rapid.T, sent coretest.Sent) *core.Failure {
	failure := &core.Failure{
		Class:      core.FailureClass(rapid.IntRange(1, 4).Draw(t, "class")),
		Scope:      core.FailureScope(rapid.IntRange(1, 2).Draw(t, "scope")),
		Attempted:  core.Attempted(rapid.IntRange(1, 3).Draw(t, "attempted")),
		RetryAfter: time.Second,
		Detail:     "failed as the test wants it",
	}
	if failure.Attempted != core.AttemptedNo && m.options.Order != core.OrderStrict && rapid.Bool().Draw(t, "arrived") {
		m.accept(sent)
	}
	return failure
}

// encode lets the encoder answer once.
func (m *model) encode(t *rapid.T) {
	if m.encoder == nil {
		return
	}
	m.encoder.Answer(core.ReasonUnencodable, func(message core.Message) string {
		return m.encoded(&message, func() bool { return rapid.IntRange(0, 9).Draw(t, "unencodable") == 0 })
	})
}

// encoded is the fault of a message that is encoded, empty if it has none. It is the same whenever the message is.
func (m *model) encoded(message *core.Message, bad func() bool) string {
	number := coretest.Number(message)
	if _, decided := m.bad[number]; !decided {
		m.bad[number] = bad()
	}
	if m.bad[number] {
		return "bad"
	}
	return ""
}

func (m *model) accept(sent coretest.Sent) {
	number := coretest.Number(&sent.Message)
	if m.bad[number] {
		panic("what can't be sent was sent")
	}
	if encoded := strings.HasPrefix(string(sent.Message.Payload), "e"); encoded != (m.encoder != nil) {
		panic("sent in the wrong form: " + string(sent.Message.Payload))
	}
	if m.accepted[number]++; m.accepted[number] == 1 {
		m.order = append(m.order, number)
	}
}

// confirm settles the oldest pending message.
func (m *model) confirm(*rapid.T) {
	m.receive()
	if len(m.pending) == 0 || !m.up {
		return
	}
	m.outgoing = append(m.outgoing, core.Receipt{Epoch: m.epoch, UpTo: 0, Exceptions: []core.Exception{
		{First: m.pending[0].Sequence, Count: 1, Outcome: core.OutcomeConfirmed},
	}})
	m.pending = m.pending[1:]
}

// arrive lets receipts arrive that were under way, and new credit.
func (m *model) arrive(t *rapid.T) {
	if !m.up {
		return
	}
	n := rapid.IntRange(0, len(m.outgoing)).Draw(t, "arrive")
	for _, receipt := range m.outgoing[:n] {
		m.lane.Tell(receipt)
	}
	m.old = append(m.old, m.outgoing[:n]...)
	m.outgoing = m.outgoing[n:]
	m.lane.Credit(uint64(n), uint64(20*n))
}

// repeat brings a cumulative receipt once more, or one of a dead epoch.
func (m *model) repeat(t *rapid.T) {
	if len(m.old) == 0 || !m.up {
		return
	}
	receipt := m.old[rapid.IntRange(0, len(m.old)-1).Draw(t, "which")]
	if receipt.Epoch == m.lane.Epoch() {
		receipt.Exceptions = nil
	}
	m.lane.Tell(receipt)
	m.outlet.Credit(receipt.Epoch-1, 100, 100)
}

func (m *model) sleep(t *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 8000).Draw(t, "sleep")) * time.Millisecond)
}

func (m *model) toggle(t *rapid.T) { m.enable(rapid.Bool().Draw(t, "enabled")) }

// check holds after every step.
func (m *model) check(t *rapid.T) {
	synctest.Wait()
	snapshot := m.front().Snapshot()
	if residue := snapshot.Residue(); residue != 0 {
		t.Fatalf("the account does not add up by %d: %+v", residue, snapshot)
	}
	if snapshot.In != m.offered+m.filtered || snapshot.Filtered != m.filtered {
		t.Fatalf("%d messages were offered, %d filtered, counted are %d and %d", m.offered, m.filtered, snapshot.In,
			snapshot.Filtered)
	}
	if fault := m.lane.Fault(); fault != "" && !m.hostile {
		t.Fatal(fault)
	}
	if fault := m.lane.Broken(); fault != "" && !m.hostile {
		t.Fatal("an honest endpoint was blamed: " + fault)
	}
	if m.heir == nil && snapshot.Queued > uint64(max(m.options.Messages, m.options.Hold.Messages))+12 && !m.outlet.Blocks() && m.options.Mode == core.ModeLive {
		t.Fatalf("%d messages in a queue of %d", snapshot.Queued, m.options.Messages)
	}
}

// behave works without failure until nothing is left.
func (m *model) behave(t *rapid.T) {
	m.succeed(t)
	m.enable(true)
	m.connect(t)
	for range 10_000 {
		if m.encoder != nil {
			m.encoder.Answer(core.ReasonUnencodable, func(message core.Message) string {
				return m.encoded(&message, func() bool { return false })
			})
		}
		if m.grave != nil {
			m.grave.settleAll()
		}
		synctest.Wait()
		if s := m.outlet.Snapshot(); s.Queued+s.InFlight == 0 {
			return
		}
		m.receive()
		if m.refusing {
			m.settle()
			time.Sleep(time.Second)
			continue
		}
		for _, sent := range m.inbox {
			m.accept(sent)
			m.seen = max(m.seen, sent.Sequence)
		}
		receipt := core.Receipt{Epoch: m.epoch, UpTo: m.seen}
		for _, sent := range m.pending {
			receipt.Exceptions = append(receipt.Exceptions, core.Exception{First: sent.Sequence, Count: 1,
				Outcome: core.OutcomeConfirmed})
		}
		m.inbox, m.pending = nil, nil
		m.outgoing = append(m.outgoing, receipt)
		m.settle()
		m.lane.Credit(10, 1000)
		time.Sleep(time.Second)
	}
	t.Fatalf("messages stay for ever: %+v", m.outlet.Snapshot())
}

func (m *model) settle() {
	for _, receipt := range m.outgoing {
		m.lane.Tell(receipt)
	}
	m.outgoing = nil
}

// property runs a random history, then, with an honest endpoint, lets all end well.
func property(t *testing.T, mode core.Mode, order core.Order, hostile bool, finish func(*rapid.T, *model)) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			m := newModel(t, mode, order, hostile)
			defer m.close()
			steps := map[string]func(*rapid.T){
				"": m.check, "offer": m.offer, "offer more": m.offer, "connect": m.connect, "disconnect": m.disconnect,
				"work": m.work, "confirm": m.confirm, "arrive": m.arrive, "repeat": m.repeat, "sleep": m.sleep,
				"toggle": m.toggle, "encode": m.encode, "bury": m.bury, "replace": m.replace, "succeed": m.succeed,
				"take back": m.takeBack,
			}
			if hostile {
				steps["lie"], steps["lie more"], steps["boast"] = m.lie, m.lie, m.boast
			}
			t.Repeat(steps)
			if !hostile {
				m.behave(t)
			}
			m.check(t)
			m.checkGrave(t)
			finish(t, m)
		})
	})
}

// settledOnce asserts that every message of every ticket was settled exactly once.
func settledOnce(t *rapid.T, m *model) {
	for i, ticket := range m.tickets {
		if ticket.TimesQueued() != 1 {
			t.Fatalf("batch %d was queued %d times", i, ticket.TimesQueued())
		}
		for j := range m.sizes[i] {
			if n := ticket.TimesSettled(j); n != 1 {
				t.Fatalf("message %d of batch %d was settled %d times", j, i, n)
			}
		}
		if ticket.Total() != m.sizes[i] {
			t.Fatalf("batch %d of %d messages had %d settlements", i, m.sizes[i], ticket.Total())
		}
	}
}

func TestAckedSettlesEachMessageOnce(t *testing.T) {
	property(t, core.ModeAcked, core.OrderFirstAttempt, false, settledOnce)
}

func TestStrictOrderHolds(t *testing.T) {
	property(t, core.ModeAcked, core.OrderStrict, false, func(t *rapid.T, m *model) {
		settledOnce(t, m)
		inOrder(t, m)
	})
}

func inOrder(t *rapid.T, m *model) {
	for i := 1; i < len(m.order); i++ {
		if m.order[i] < m.order[i-1] {
			t.Fatalf("message %d came after %d", m.order[i], m.order[i-1])
		}
	}
}

func TestLiveNeverResendsWhatMayHaveArrived(t *testing.T) {
	for _, order := range []core.Order{core.OrderFirstAttempt, core.OrderStrict} {
		property(t, core.ModeLive, order, false, func(t *rapid.T, m *model) {
			for number, times := range m.accepted {
				if times > 1 {
					t.Fatalf("message %d arrived %d times", number, times)
				}
			}
			for i, ticket := range m.tickets {
				if ticket.Total() != 0 {
					t.Fatalf("a live outlet settled %d messages of batch %d", ticket.Total(), i)
				}
			}
		})
	}
}
