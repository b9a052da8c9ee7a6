package load

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func message(sender int, sequence uint64) []byte {
	m := bytes.Repeat([]byte{'x'}, 64)
	stamp{sender: sender, sequence: sequence}.write(m)
	return m
}

func TestTallyTellsLossRepetitionAndOrder(t *testing.T) {
	tally := NewTally(Body{Size: 64}, 2, false, make(chan struct{}, 1))
	tally.begin(time.Now())
	for _, n := range []uint64{1, 2, 5, 4, 4, 6} { // 3 is lost, 4 late and repeated
		tally.take(message(1, n))
	}
	tally.take([]byte("something else"))
	tally.end()
	if tally.Count() != 6 || tally.From(1) != 5 || tally.From(0) != 0 || tally.Foreign() != 1 {
		t.Errorf("count %d, from the sender %d, foreign %d", tally.Count(), tally.From(1), tally.Foreign())
	}
	if tally.Late() != 1 || tally.Repeated() != 1 {
		t.Errorf("late %d, repeated %d", tally.Late(), tally.Repeated())
	}
}

// each splitter must find the same messages however the bytes are cut.
func TestSplittersFindMessagesHoweverTheBytesAreCut(t *testing.T) {
	want := [][]byte{message(0, 1), message(0, 2), message(0, 3)}
	for name, c := range map[string]struct {
		wire  []byte
		split func() splitter
	}{
		"websocket": {serverFrames(want), func() splitter { return splitWebSocket(noPong, oneMessage) }},
		"nats": {natsFrames(want), func() splitter {
			return splitWebSocket(noPong, natsStream(func() error { return nil }))
		}},
		"webdis":  {webdisReplies(want), func() splitter { return splitWebSocket(noPong, webdisMessage("out")) }},
		"channel": {subscription(want), func() splitter { return afterWord("message", 2) }},
		"stream":  {entries(want), func() splitter { return afterWord("body", 1) }},
	} {
		for size := 1; size <= len(c.wire); size++ {
			if got := cut(t, c.split(), c.wire, size); !equal(got, want) {
				t.Fatalf("%s, cut at every %d bytes: %d messages of %d, or changed", name, size, len(got), len(want))
			}
		}
	}
}

func noPong([]byte) error { return nil }

func cut(t *testing.T, split splitter, wire []byte, size int) (got [][]byte) {
	var have []byte
	for len(wire) > 0 {
		n := min(size, len(wire))
		have, wire = append(have, wire[:n]...), wire[n:]
		used, err := split(have, func(m []byte) { got = append(got, bytes.Clone(m)) })
		if err != nil {
			t.Fatal(err)
		}
		have = have[used:]
	}
	return got
}

func equal(got, want [][]byte) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if !bytes.Equal(got[i], want[i]) {
			return false
		}
	}
	return true
}

func serverFrames(messages [][]byte) (wire []byte) {
	for i, m := range messages {
		if i == 1 {
			wire = append(wire, 0x89, 0) // a ping between two messages
		}
		wire = append(wire, 0x81, 126)
		wire = append(binary.BigEndian.AppendUint16(wire, uint16(len(m))), m...)
	}
	return wire
}

// natsFrames cuts the protocol's stream in the middle of a message.
func natsFrames(messages [][]byte) []byte {
	text := []byte("INFO {}\r\nPING\r\n")
	for _, m := range messages {
		text = fmt.Appendf(text, "MSG out 1 %d\r\n%s\r\n", len(m), m)
	}
	return serverFrames([][]byte{text[:40], text[40:]})
}

func webdisReplies(messages [][]byte) []byte {
	replies := [][]byte{[]byte(`{"SUBSCRIBE":["subscribe","out",1]}`)}
	for _, m := range messages {
		replies = append(replies, fmt.Appendf(nil, `{"SUBSCRIBE":["message","out","%s"]}`, m))
	}
	return serverFrames(replies)
}

func subscription(messages [][]byte) (wire []byte) {
	for _, m := range messages {
		wire = fmt.Appendf(wire, "*3\r\n$7\r\nmessage\r\n$3\r\nout\r\n$%d\r\n%s\r\n", len(m), m)
	}
	return wire
}

func entries(messages [][]byte) []byte {
	wire := fmt.Appendf(nil, "*1\r\n*2\r\n$3\r\nout\r\n*%d\r\n", len(messages))
	for i, m := range messages {
		wire = fmt.Appendf(wire, "*2\r\n$3\r\n1-%d\r\n*4\r\n$2\r\nid\r\n$1\r\n7\r\n$4\r\nbody\r\n$%d\r\n%s\r\n", i, len(m), m)
	}
	return wire
}

func TestStampsAreFoundInEveryFormat(t *testing.T) {
	body := Body{Size: 200, Document: true}
	b := frame{before: []byte("in front")}.burst(2, body)
	stamp{sender: 7, sequence: 42}.write(b.stamp(1))
	document := b.bytes[b.stride+len("in front"):]
	if !json.Valid(document) || len(document) != body.Size {
		t.Fatalf("%d bytes that are no document: %s", len(document), document)
	}
	digits := string(message(7, 42)[:LeastSize])
	for format, m := range map[string][]byte{
		"JSON":        document,
		"CBOR":        []byte("\xa4\x65stamp\x78\x21" + digits + "\x65total\x18\x78"),
		"MessagePack": []byte("\x84\xa5stamp\xd9\x21" + digits + "\xa5total\x78"),
		"plain":       message(7, 42),
	} {
		if s, ok := readStamp(m); !ok || s.sender != 7 || s.sequence != 42 {
			t.Errorf("%s: %+v, %v", format, s, ok)
		}
	}
	if _, ok := readStamp([]byte(`{"other":1}`)); ok {
		t.Error("a stamp where there is none")
	}
}

func TestWholeReplyMeasuresAndFindsTheLastEntry(t *testing.T) {
	wire := entries([][]byte{message(0, 1), message(0, 2)})
	for n := range wire {
		if size, _ := wholeReply(wire[:n]); size != 0 {
			t.Fatalf("%d of %d bytes are a whole reply of %d", n, len(wire), size)
		}
	}
	if size, last := wholeReply(append(wire, "*-1\r\n"...)); size != len(wire) || last != "1-1" {
		t.Errorf("size %d of %d, last %q", size, len(wire), last)
	}
	if size, last := wholeReply([]byte("*-1\r\n")); size != 5 || last != "" {
		t.Errorf("nothing new: size %d, last %q", size, last)
	}
}

func TestWindowWaitsForTheSlowestReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		moved := make(chan struct{}, 1)
		w := NewWindow(t.Context(), 8, moved)
		fast, slow := NewTally(Body{Size: 64}, 1, false, moved), NewTally(Body{Size: 64}, 1, false, moved)
		s := &Sender{sent: 8}
		room := make(chan int)
		go func() {
			n, _ := w.room(s, 8, []*Tally{fast, slow})
			room <- n
		}()
		receive(fast, 8)
		synctest.Wait()
		select {
		case n := <-room:
			t.Fatalf("room for %d while the slow receiver has nothing", n)
		default:
		}
		receive(slow, 4)
		if n := <-room; n != 4 {
			t.Errorf("room for %d, want 4", n)
		}
	})
}

func receive(tally *Tally, n uint64) {
	tally.begin(time.Now())
	for i := range n {
		tally.take(message(0, i+1))
	}
	tally.end()
}
