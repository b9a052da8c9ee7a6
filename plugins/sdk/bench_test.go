package sdk_test

import (
	"context"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

const benchBatch = 64

// attach opens an endpoint and a bare stream to it, which costs less than a Session.
func attach(b *testing.B, e sdk.Closer, open *pluginv1.LaneOpen) pluginv1.PluginService_StreamClient {
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

// BenchmarkEmit is a source of 128-byte messages, emitted 64 at a time, up to the frames that reach the hub.
func BenchmarkEmit(b *testing.B) {
	list := make([]sdk.Message, benchBatch)
	for i := range list {
		list[i].Payload = make([]byte, 128)
	}
	stream := attach(b, &endpoint{receive: func(ctx context.Context, emit sdk.Emit) error {
		for emit(ctx, list) == nil {
			continue
		}
		return ctx.Err()
	}}, &pluginv1.LaneOpen{Epoch: 1})
	b.ReportAllocs()
	granted, got := 0, 0
	for b.Loop() {
		for ; granted-got < 1024; granted += 1024 {
			credit := &pluginv1.Credit{Epoch: 1, Messages: 1024, Bytes: 1 << 20}
			if err := stream.Send(&pluginv1.StreamRequest{Credits: []*pluginv1.Credit{credit}}); err != nil {
				b.Fatal(err)
			}
		}
		frame, err := stream.Recv()
		if err != nil {
			b.Fatal(err)
		}
		for _, batch := range frame.Batches {
			got += len(batch.Payloads)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(got), "ns/message")
}

// BenchmarkSend is a sink of 128-byte messages that come 64 to a frame, up to the receipts that reach the hub.
func BenchmarkSend(b *testing.B) {
	stream := attach(b, &endpoint{}, &pluginv1.LaneOpen{Lane: 1, Epoch: 1})
	list := make([]sdk.Message, benchBatch)
	for i := range list {
		list[i].Payload = make([]byte, 128)
	}
	credit, sent := 0, uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		for credit < benchBatch {
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
		credit -= benchBatch
		sent += benchBatch
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sent), "ns/message")
}
