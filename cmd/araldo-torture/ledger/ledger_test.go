package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// send has the source accept n messages, which the ledger returns.
func send(l *Ledger, n int) []uint64 {
	var sent []uint64
	for range n {
		number := l.Send()
		l.Ack(number)
		sent = append(sent, number)
	}
	return sent
}

// deliver brings a message to where it belongs.
func deliver(l *Ledger, n uint64) {
	at := Archive
	if l.Poison(n) {
		at = DeadLetter
	}
	l.Arrive(at, l.Payload(n), fmt.Sprint(n))
}

func TestAWholeHistoryHasNoFault(t *testing.T) {
	l := New(7, 1024)
	for _, n := range send(l, 5000) {
		deliver(l, n)
		l.Arrive(Browser, l.Payload(n), "")
	}
	// Whether an unanswered message arrives is open: both are right.
	l.Send()
	deliver(l, l.Send())
	f := l.Figures()
	if f.Sent != 5002 || f.Acked != 5000 || f.Delivered+f.DeadLettered != 5001 || f.DeadLettered == 0 || f.Seen == 0 {
		t.Errorf("figures %+v", f)
	}
	if f.Missing+f.Duplicates+f.Forged+f.Wrong+f.GivenUp+f.Unread != 0 || l.Open() != 0 {
		t.Errorf("figures %+v, %d open", f, l.Open())
	}
}

func TestEveryFaultIsFound(t *testing.T) {
	plain := func(l *Ledger) uint64 {
		for n := uint64(0); ; n++ {
			if !l.Poison(n) {
				return n
			}
		}
	}
	for _, c := range []struct {
		name   string
		doctor func(l *Ledger, n uint64)
		count  func(f Figures) uint64
		says   string
	}{
		{"missing", func(*Ledger, uint64) {}, func(f Figures) uint64 { return f.Missing }, "was accepted and arrived nowhere"},
		{"seen by a browser alone", func(l *Ledger, n uint64) { l.Arrive(Browser, l.Payload(n), "") },
			func(f Figures) uint64 { return f.Missing }, "was accepted and arrived nowhere"},
		{"number never sent", func(l *Ledger, n uint64) { l.Arrive(Archive, l.Payload(1<<40), ""); deliver(l, n) },
			func(f Figures) uint64 { return f.Forged }, "nobody sent"},
		{"another run's", func(l *Ledger, n uint64) { l.Arrive(Archive, New(8, 1024).Payload(n), ""); deliver(l, n) },
			func(f Figures) uint64 { return f.Forged }, "nobody sent"},
		{"no payload of ours", func(l *Ledger, n uint64) { l.Arrive(Browser, []byte("hello"), ""); deliver(l, n) },
			func(f Figures) uint64 { return f.Forged }, "nobody sent"},
		{"one byte changed", func(l *Ledger, n uint64) {
			p := l.Payload(n)
			p[1000] ^= 1
			l.Arrive(Archive, p, "")
			deliver(l, n)
		}, func(f Figures) uint64 { return f.Wrong }, "not its own"},
		{"cut short", func(l *Ledger, n uint64) { l.Arrive(Browser, l.Payload(n)[:512], ""); deliver(l, n) },
			func(f Figures) uint64 { return f.Wrong }, "not its own"},
		{"another's attributes", func(l *Ledger, n uint64) { l.Arrive(Archive, l.Payload(n), fmt.Sprint(n+1)); deliver(l, n) },
			func(f Figures) uint64 { return f.Wrong }, "not its own"},
		{"twice", func(l *Ledger, n uint64) { deliver(l, n); deliver(l, n) },
			func(f Figures) uint64 { return f.Duplicates }, ""},
		{"given up", func(l *Ledger, n uint64) { l.Arrive(DeadLetter, l.Payload(n), "") },
			func(f Figures) uint64 { return f.GivenUp }, ""},
		{"unreadable", func(l *Ledger, n uint64) { l.Lose(Archive, errors.New("gone")); deliver(l, n) },
			func(f Figures) uint64 { return f.Unread }, "can't be read: gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := New(7, 1024)
			n := plain(l)
			send(l, int(n)+1)
			for other := range n {
				deliver(l, other)
			}
			c.doctor(l, n)
			f := l.Figures()
			if got := c.count(f); got != 1 {
				t.Errorf("%d counted: %+v", got, f)
			}
			if said := strings.Join(f.Faults, "\n"); !strings.Contains(said, c.says) {
				t.Errorf("it says %q, want %q", said, c.says)
			}
		})
	}
}

func TestPoisonBelongsIntoTheDeadLetter(t *testing.T) {
	l := New(3, 100)
	n := uint64(0)
	for !l.Poison(n) {
		n++
	}
	send(l, int(n)+1)
	l.Arrive(Archive, l.Payload(n), "")
	if f := l.Figures(); f.Wrong != 1 || !strings.Contains(f.Faults[0], "belongs into the dead letter") {
		t.Errorf("figures %+v", f)
	}
}

func TestOpenFollowsBothOrders(t *testing.T) {
	l := New(3, 100)
	early, late := l.Send(), l.Send()
	l.Arrive(Archive, l.Payload(early), "")
	l.Ack(early)
	l.Ack(late)
	if l.Open() != 1 {
		t.Errorf("%d open", l.Open())
	}
	l.Arrive(Archive, l.Payload(late), "")
	l.Arrive(Archive, l.Payload(late), "")
	if l.Open() != 0 || l.Figures().Missing != 0 {
		t.Errorf("%d open, %+v", l.Open(), l.Figures())
	}
}

func TestPayloadsFollowFromSeedAndNumber(t *testing.T) {
	l := New(1, 1024)
	if len(l.Payload(5)) != 1024 || !bytes.Equal(l.Payload(5), New(1, 1024).Payload(5)) {
		t.Error("the same seed and number give another payload")
	}
	if bytes.Equal(l.Payload(5)[headSize:], l.Payload(6)[headSize:]) || bytes.Equal(l.Payload(5), New(2, 1024).Payload(5)) {
		t.Error("another seed or number gives the same payload")
	}
	poison := 0
	for n := range uint64(100_000) {
		if l.Poison(n) {
			poison++
		}
	}
	if poison < 150 || poison > 250 {
		t.Errorf("%d of 100000 are poison, want about 200", poison)
	}
}

func TestPauseIsTheLongestSilence(t *testing.T) {
	l := New(1, 100)
	n := send(l, 1)[0]
	l.Watch()
	const silence = 30 * time.Millisecond
	<-time.After(silence)
	l.Arrive(Archive, l.Payload(n), "")
	l.Arrive(Archive, l.Payload(n), "")
	if got := l.Pause(Archive); got < silence || got > 100*silence {
		t.Errorf("the longest pause was %v", got)
	}
}
