package websocket

import (
	"bytes"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Whatever is offered and taken in whatever order, what is taken in is what comes out, within the bounds.
func TestOutboxGivesWhatItTook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := newOutbox(&limits{queueMessages: 20, queueBytes: 1000})
		var want, got bytes.Buffer
		taken, number := 0, 0
		take := func() {
			frames, _ := o.take()
			for _, f := range frames {
				got.Write(f)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"offer": func(t *rapid.T) {
				var messages []sdk.Message
				for range rapid.IntRange(1, 30).Draw(t, "messages") {
					size := rapid.SampledFrom([]int{0, 1, 50, 400, 2000}).Draw(t, "size")
					messages = append(messages, sdk.Message{Payload: append(bytes.Repeat([]byte("x"), size), strconv.Itoa(number)...)})
					number++
				}
				b := newBurst(messages, FramesText)
				rest, room := o.offer(piece{b, 0, len(messages)})
				want.Write(b.data[:b.start(rest.from)])
				taken += rest.from
				if (rest.from < rest.until) != (room != nil) {
					t.Fatal("a rest without a way to wait, or the other way round")
				}
			},
			"take": func(*rapid.T) { take() },
			"": func(t *rapid.T) {
				queued, lost := o.state()
				if queued > 20 || o.bytes > 1000 && queued > 1 || lost != 0 {
					t.Fatalf("%d messages, %d bytes, %d lost", queued, o.bytes, lost)
				}
			},
		})
		for o.messages > 0 {
			take()
		}
		if !bytes.Equal(want.Bytes(), got.Bytes()) {
			t.Fatalf("%d messages came out changed", taken)
		}
		if o.bytes != 0 || o.part(closeFrame(1001, ""), true) == false || o.part(closeFrame(1002, ""), true) {
			t.Fatal("the end is wrong")
		}
		if frames, last := o.take(); !last || !bytes.Equal(frames[len(frames)-1], closeFrame(1001, "")) {
			t.Fatal("the close frame did not come last")
		}
	})
}
