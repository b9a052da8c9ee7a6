package host

import (
	"testing"

	"pgregory.net/rapid"

	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// reader is a plugin's view of receipts: what each message is known to be.
type reader struct {
	upTo    uint64
	pending map[uint64]bool
}

func (r *reader) take(t *rapid.T, receipt *pluginv1.Receipt) {
	for _, x := range receipt.Exceptions {
		for n := x.First; n < x.First+uint64(x.Count); n++ {
			switch {
			case x.Outcome == pluginv1.Outcome_OUTCOME_PENDING && n > r.upTo:
				r.pending[n] = true
			case x.Outcome == pluginv1.Outcome_OUTCOME_CONFIRMED && r.pending[n]:
				delete(r.pending, n)
			default:
				t.Fatalf("%v of message %d, settled up to %d, pending %v", x.Outcome, n, r.upTo, r.pending)
			}
		}
	}
	if receipt.SettledUpTo < r.upTo {
		t.Fatalf("settled up to %d after %d", receipt.SettledUpTo, r.upTo)
	}
	r.upTo = receipt.SettledUpTo
}

func TestReceiptsSayExactlyWhatIsSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 40
		var s settling
		settled := make(map[uint64]bool)
		seen := reader{pending: make(map[uint64]bool)}
		report := func() {
			for more := true; more; {
				var receipt *pluginv1.Receipt
				receipt, more = s.take(1)
				seen.take(t, receipt)
			}
		}
		check := func() {
			report()
			for i := uint64(1); i <= n; i++ {
				if told := i <= seen.upTo && !seen.pending[i]; told != settled[i] {
					t.Fatalf("message %d: settled %v, told %v", i, settled[i], told)
				}
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			first := uint64(rapid.IntRange(1, n).Draw(t, "first"))
			last := min(first+uint64(rapid.IntRange(0, 9).Draw(t, "more")), n)
			s.add(first, last, nil)
			for i := first; i <= last; i++ {
				settled[i] = true
			}
			if rapid.Bool().Draw(t, "report") {
				check()
			}
		}
		check()
		s.add(1, n, nil)
		report()
		if seen.upTo != n || len(seen.pending) != 0 || len(s.ahead)+len(s.pending) != 0 {
			t.Fatalf("in the end: %d, pending %v", seen.upTo, seen.pending)
		}
	})
}

func TestLongReceiptsAreSplit(t *testing.T) {
	var s settling
	const n = 3 * maxExceptions
	for i := uint64(1); i <= n; i++ {
		s.add(2*i, 2*i, nil)
	}
	for reports := 1; ; reports++ {
		receipt, more := s.take(1)
		if len(receipt.Exceptions) > maxExceptions {
			t.Fatalf("%d exceptions", len(receipt.Exceptions))
		}
		if !more {
			if reports != 3 || receipt.SettledUpTo != 2*n {
				t.Errorf("%d receipts up to %d", reports, receipt.SettledUpTo)
			}
			return
		}
	}
}
