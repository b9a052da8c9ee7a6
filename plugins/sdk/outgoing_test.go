package sdk

import (
	"testing"

	"github.com/araldo-relay/araldo/proto/wire"
)

// An instance that has nothing to say keeps nothing of what it said last, also where that took several frames.
func TestWhatIsWrittenIsNotKept(t *testing.T) {
	e := &emitter{wake: func() {}, changed: func() {}}
	owner := &stream{}
	e.maxMessage = wire.DefaultMaxMessage
	e.begin(owner, 1)
	e.grant(1, 64, 64<<20)
	list := make([]Message, 10)
	for i := range list {
		list[i].Payload = make([]byte, wire.FrameTarget/3)
	}
	if err := e.emit(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	whole, frames := e.queue[:cap(e.queue)], 0
	for e.take(owner, wire.FrameTarget) != nil {
		frames++
	}
	if frames < 3 {
		t.Fatalf("%d frames", frames)
	}
	for i := range whole {
		if whole[i].Payload != nil {
			t.Fatalf("message %d of %d is kept", i, len(list))
		}
	}
}
