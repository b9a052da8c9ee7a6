package sdk

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/araldo-relay/araldo/core"
)

// Whatever a hub says, each token comes back at most once, and once everything is settled exactly once.
func TestEachTokenComesBackOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ledger{on: true}
		told, added, sent := make(map[string]int), 0, 0
		count := func() {
			for _, token := range append(l.settled, l.returned...) {
				told[token]++
			}
			l.settled, l.returned = nil, nil
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				n := rapid.IntRange(1, 5).Draw(t, "n")
				tokens := make([]string, n)
				for i := range tokens {
					added++
					tokens[i] = strconv.Itoa(added)
				}
				l.add(n, tokens)
			},
			"send": func(t *rapid.T) { sent = rapid.IntRange(sent, added).Draw(t, "sent") },
			"receipt": func(t *rapid.T) {
				r := core.Receipt{UpTo: rapid.Uint64Range(0, uint64(added)+2).Draw(t, "up to")}
				for range rapid.IntRange(0, 3).Draw(t, "exceptions") {
					r.Exceptions = append(r.Exceptions, core.Exception{
						First: rapid.Uint64Range(0, uint64(added)+2).Draw(t, "first"),
						Count: rapid.Uint64Range(0, 4).Draw(t, "count"),
						Outcome: rapid.SampledFrom([]core.Outcome{core.OutcomeConfirmed, core.OutcomeReturned, core.OutcomePending}).
							Draw(t, "outcome"),
					})
				}
				l.receipt(r, added-sent)
			},
			"": func(t *rapid.T) {
				count()
				for token, n := range told {
					if number, _ := strconv.Atoi(token); n > 1 || number > sent {
						t.Fatalf("token %s came back %d times, %d are sent", token, n, sent)
					}
				}
			},
		})
		l.restart(0)
		count()
		for number := 1; number <= added; number++ {
			if n := told[strconv.Itoa(number)]; n != 1 {
				t.Fatalf("token %d came back %d times in all", number, n)
			}
		}
	})
}
