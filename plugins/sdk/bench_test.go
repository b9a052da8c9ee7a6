package sdk_test

import (
	"context"
	"testing"

	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

const benchBatch = 64

// attach opens an endpoint and a bare stream to it, which costs less than a Session.
func attach(b testing.TB, e sdk.Closer, open *pluginv1.LaneOpen) pluginv1.PluginService_StreamClient {
	b.Helper()
	h := sdktest.InMemory(b, plugin(func(sdk.Instance) sdk.Closer { return e }))
	if err := h.Open(b, instance); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	stream, err := h.Client.Stream(ctx)
	if err != nil {
		b.Fatal(err)
	}
	for _, frame := range []*pluginv1.StreamRequest{
		{Attach: &pluginv1.Attach{Name: "one"}}, {LaneOpens: []*pluginv1.LaneOpen{open}},
	} {
		if err := stream.Send(frame); err != nil {
			b.Fatal(err)
		}
	}
	return stream
}

// emitting is a source that emits so many messages of 128 bytes at a time.
func emitting(count int) *endpoint {
	list := coretest.Batch("", 0, count, 128).Messages
	return &endpoint{receive: func(ctx context.Context, emit sdk.Emit) error {
		for emit(ctx, list) == nil {
			continue
		}
		return ctx.Err()
	}}
}

// grant allows so many messages more.
func grant(b testing.TB, stream pluginv1.PluginService_StreamClient, count int) {
	credit := &pluginv1.Credit{Epoch: 1, Messages: uint64(count), Bytes: 1 << 20}
	if err := stream.Send(&pluginv1.StreamRequest{Credits: []*pluginv1.Credit{credit}}); err != nil {
		b.Fatal(err)
	}
}

// emitted is how many messages the next frame brings.
func emitted(b testing.TB, stream pluginv1.PluginService_StreamClient) (got int) {
	frame, err := stream.Recv()
	if err != nil {
		b.Fatal(err)
	}
	for _, batch := range frame.Batches {
		got += len(batch.Payloads)
	}
	return got
}

// BenchmarkEmit is a source of 128-byte messages, emitted 64 at a time, up to the frames that reach the hub.
func BenchmarkEmit(b *testing.B) {
	stream := attach(b, emitting(benchBatch), &pluginv1.LaneOpen{Epoch: 1})
	b.ReportAllocs()
	granted, got := 0, 0
	for b.Loop() {
		for ; granted-got < 1024; granted += 1024 {
			grant(b, stream, 1024)
		}
		got += emitted(b, stream)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(got), "ns/message")
}

// What a frame costs, both of its ends, gRPC and the hub's part in this process together.
func TestEmitAllocatesNothingPerMessage(t *testing.T) {
	stream := attach(t, emitting(coretest.ManyMessages), &pluginv1.LaneOpen{Epoch: 1})
	coretest.AllocatesPerBatch(t, func() {
		grant(t, stream, coretest.ManyMessages)
		for got := 0; got < coretest.ManyMessages; {
			got += emitted(t, stream)
		}
	})
}

// sending gives a sink so many messages of 128 bytes in a frame whenever there is credit for them.
func sending(b testing.TB, count int) (send func()) {
	stream := attach(b, &endpoint{}, &pluginv1.LaneOpen{Lane: 1, Epoch: 1})
	list := coretest.Batch("", 0, count, 128).Messages
	credit, sent := 0, uint64(0)
	return func() {
		for credit < count {
			frame, err := stream.Recv()
			if err != nil {
				b.Fatal(err)
			}
			for _, c := range frame.Credits {
				credit += int(c.Messages)
			}
		}
		batch := wire.ToBatch(1, 1, sent+1, list)
		if err := stream.Send(&pluginv1.StreamRequest{Batches: []*pluginv1.Batch{batch}}); err != nil {
			b.Fatal(err)
		}
		credit -= count
		sent += uint64(count)
	}
}

func TestSendAllocatesNothingPerMessage(t *testing.T) {
	coretest.AllocatesPerBatch(t, sending(t, coretest.ManyMessages))
}

// BenchmarkSend is a sink of 128-byte messages that come 64 to a frame, up to the receipts that reach the hub.
func BenchmarkSend(b *testing.B) {
	send := sending(b, benchBatch)
	b.ReportAllocs()
	for b.Loop() {
		send()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchBatch), "ns/message")
}
