package host

import (
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// revived is a bench whose plugin has died with two messages unsettled, a and b, and that is back.
func revived(t *testing.T, meanwhile func(core.Ticket)) (*bench, core.Ticket) {
	t.Helper()
	tickets := make(chan core.Ticket, 10)
	b := newBench(t, Instance{}, func(batch core.Batch) { tickets <- batch.Ticket })
	b.outlet.sendAll(t, "own ids")
	first := <-tickets
	b.outlet.sendAll(t, "die")
	eventually(t, "the plugin's death", func() bool { return len(b.outlet.downs()) == 1 })
	meanwhile(first)
	b.stream(t)
	eventually(t, "the plugin's return", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == 2 }); return })
	return b, first
}

// fault: F4
func TestRedeliveredMessagesAreNotHandedOnAgain(t *testing.T) {
	b, first := revived(t, func(core.Ticket) {})
	b.outlet.sendAll(t, "own ids")
	b.outlet.sendAll(t, "fresh")
	eventually(t, "what came behind them", func() bool { return b.inlet.payloads() == "a b fresh" })
	first.Settled(1, 1)
	b.expectLog(t, "receipt up to 2 PENDING 1+1")
	first.Settled(0, 1)
	b.expectLog(t, "receipt up to 2 CONFIRMED 1+1")
}

func TestSettledWhileItsPluginWasAwayIsSettledWhenItComesAgain(t *testing.T) {
	b, first := revived(t, func(first core.Ticket) { first.Settled(0, 1) })
	b.outlet.sendAll(t, "own ids")
	b.outlet.sendAll(t, "fresh")
	b.expectLog(t, "receipt up to 1")
	first.Settled(1, 1)
	b.expectLog(t, "receipt up to 2")
	if got := b.inlet.payloads(); got != "a b fresh" {
		t.Errorf("handed on: %s", got)
	}
}

func TestRedeliveredMessagesOutliveTheNextStreamToo(t *testing.T) {
	b, first := revived(t, func(core.Ticket) {})
	b.outlet.sendAll(t, "own ids")
	b.outlet.sendAll(t, "end the stream")
	eventually(t, "the third stream", func() (is bool) { b.outlet.read(func() { is = b.outlet.ups == 3 }); return })
	b.outlet.sendAll(t, "own ids")
	b.outlet.sendAll(t, "fresh")
	eventually(t, "what came behind them", func() bool { return b.inlet.payloads() == "a b fresh" })
	first.Settled(0, 2)
	b.expectLog(t, "receipt up to 2")
}

func TestCreditOfARedeliveredMessageReturnsWhenItIsQueued(t *testing.T) {
	b, first := revived(t, func(core.Ticket) {})
	owed := func() int64 {
		in := b.stream(t).inbound.Load()
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.owed.messages + in.credit.messages
	}
	b.outlet.sendAll(t, "own ids")
	eventually(t, "the spending of credit", func() bool { return owed() == windowMessages-2 })
	first.Queued()
	eventually(t, "its return", func() bool { return owed() == windowMessages })
}

func TestWhatIsBroughtAgainAfterEnablingIsNotHandedOnAgain(t *testing.T) {
	tickets := make(chan core.Ticket, 10)
	b := newBench(t, Instance{}, func(batch core.Batch) { tickets <- batch.Ticket })
	b.outlet.sendAll(t, "own ids")
	first := <-tickets
	for _, enabled := range []bool{false, true} {
		if err := b.endpoint.SetEnabled(t.Context(), enabled); err != nil {
			t.Fatal(err)
		}
	}
	b.outlet.sendAll(t, "own ids")
	b.outlet.sendAll(t, "fresh")
	eventually(t, "what came behind them", func() bool { return b.inlet.payloads() == "a b fresh" })
	first.Settled(0, 2)
	b.expectLog(t, "receipt up to 4")
	if left := len(b.endpoint.carried.messages); left != 0 {
		t.Errorf("%d messages are still remembered", left)
	}
}
