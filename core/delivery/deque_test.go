package delivery

import (
	"slices"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"pgregory.net/rapid"
)

func TestDequeIsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d deque[int]
		var want []int
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if !slices.Equal(d.items[d.head:], want) {
					t.Fatalf("got %v, want %v", d.items[d.head:], want)
				}
			},
			"push": func(*rapid.T) { d.pushBack(len(want)); want = append(want, len(want)) },
			"pop": func(t *rapid.T) {
				if len(want) > 0 {
					if got := d.popFront(); got != want[0] {
						t.Fatalf("popped %d, want %d", got, want[0])
					}
					want = want[1:]
				}
			},
			"insert": func(t *rapid.T) {
				i := rapid.IntRange(0, len(want)).Draw(t, "at")
				d.insert(i, -i)
				want = slices.Insert(slices.Clone(want), i, -i)
			},
			"remove": func(t *rapid.T) {
				i := rapid.IntRange(0, len(want)).Draw(t, "from")
				j := rapid.IntRange(i, len(want)).Draw(t, "to")
				d.remove(i, j)
				want = slices.Delete(slices.Clone(want), i, j)
			},
		})
	})
}

func TestDequeKeepsItsSize(t *testing.T) {
	var d deque[int]
	for i := range 100_000 {
		if d.pushBack(i); d.len() > 10 {
			d.popFront()
		}
	}
	if cap(d.items) > 64 {
		t.Errorf("room for %d to hold 10", cap(d.items))
	}
}

func TestMailboxStaysBoundedWhileNobodyCollects(t *testing.T) {
	for _, overflow := range []core.Overflow{core.OverflowDropOldest, core.OverflowDropNewest} {
		var got contents
		options := Options{Messages: 10, Overflow: overflow}.withDefaults()
		box := mailbox{limits: options.limits()}
		for range 2 {
			for range 1000 {
				box.offer(newChunk(coretest.Batch("source", 0, 5, 10), 0))
			}
			box.collect(&got)
			if got.batches.len() != 2 || got.absent.overflowed != 4990 {
				t.Errorf("%v: %d batches kept, %d messages trimmed", overflow, got.batches.len(), got.absent.overflowed)
			}
			got.batches.remove(0, 2)
		}
	}
}
