package sdk

import (
	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// tally gathers what a lane owes the hub in one epoch: receipts and the credit of what is settled.
type tally struct {
	lane  uint32
	epoch uint64
	acked bool

	upTo, told uint64 // settled, and how much of that the hub knows
	exceptions []core.Exception
	nobody     uint64 // lanes that are not acked: messages without a recipient
	messages   uint64 // credit to give
	bytes      uint64 // credit to give
}

// add notes n settled messages of so many bytes and reports whether the hub should hear of it at once.
func (t *tally) add(first uint64, n, bytes int, exceptions []Exception) bool {
	for _, x := range exceptions {
		if x.Outcome == core.OutcomeNoRecipient && !t.acked {
			t.nobody += uint64(x.Count)
			continue
		}
		t.except(core.Exception{
			First: first + uint64(x.Index), Count: uint64(x.Count), Outcome: x.Outcome, Failure: x.Failure,
		})
	}
	t.upTo = first + uint64(n) - 1
	t.messages += uint64(n)
	t.bytes += uint64(bytes)
	return t.messages >= gatherMessages || t.bytes >= gatherBytes || len(t.exceptions) > 0
}

// except appends an exception, or lengthens the last where it goes on.
func (t *tally) except(x core.Exception) {
	if n := len(t.exceptions); n > 0 {
		last := &t.exceptions[n-1]
		if last.First+last.Count == x.First && last.Outcome == x.Outcome && sameFailure(last.Failure, x.Failure) {
			last.Count += x.Count
			return
		}
	}
	t.exceptions = append(t.exceptions, x)
}

func sameFailure(a, b *Failure) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// take returns what the hub has not been told; nil where there is nothing.
func (t *tally) take() (*core.Receipt, *pluginv1.Credit) {
	var receipt *core.Receipt
	if t.upTo > t.told || len(t.exceptions) > 0 {
		receipt = &core.Receipt{Epoch: t.epoch, UpTo: t.upTo, Exceptions: t.exceptions}
		if t.nobody > 0 {
			receipt.Counts = []core.OutcomeCount{{Outcome: core.OutcomeNoRecipient, Count: t.nobody}}
		}
		t.told, t.exceptions, t.nobody = t.upTo, nil, 0
	}
	if t.messages == 0 {
		return receipt, nil
	}
	credit := &pluginv1.Credit{Lane: t.lane, Epoch: t.epoch, Messages: t.messages, Bytes: t.bytes}
	t.messages, t.bytes = 0, 0
	return receipt, credit
}
