package host

import (
	"testing"

	"github.com/araldo-relay/araldo/core"
)

// The answer to a drain can be faster than the last messages, which take another way.
func TestADrainedInboundHasArrived(t *testing.T) {
	b := newBench(t, Instance{Config: []byte(`{"do":"late"}`)}, nil)
	stream := b.stream(t)
	before := stream.arrived.total()
	if err := b.endpoint.Drain(t.Context(), core.DirectionInbound); err != nil {
		t.Fatal(err)
	}
	if got := stream.arrived.total() - before; got < 3 {
		t.Errorf("%d of 3 frames had arrived", got)
	}
}

func TestADrainOutlastsTheEndOfItsStream(t *testing.T) {
	b := newBench(t, Instance{Config: []byte(`{"do":"late"}`)}, nil)
	stream := b.stream(t)
	stream.cancel(nil)
	stream.await(t.Context(), stream.arrived.total()+1000)
}
