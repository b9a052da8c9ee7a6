package sdktest

import (
	"context"
	"sync"

	"google.golang.org/grpc"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// meddled is a plugin that breaks rules which the SDK would not let it break: what stands in frames is changed on the way.
type meddled struct{ pluginv1.PluginServiceClient }

// Stream implements pluginv1.PluginServiceClient.
func (m meddled) Stream(ctx context.Context, options ...grpc.CallOption) (pluginv1.PluginService_StreamClient, error) {
	stream, err := m.PluginServiceClient.Stream(ctx, options...)
	if err != nil {
		return nil, err
	}
	s := &meddledStream{PluginService_StreamClient: stream, epochs: map[uint32]uint64{}, settled: make(chan struct{}, 1000)}
	if fault == "blocks its reader" {
		s.waiting = make(chan *pluginv1.StreamRequest, 1000)
		go s.forward()
	}
	return s, nil
}

type meddledStream struct {
	pluginv1.PluginService_StreamClient
	mu     sync.Mutex
	epochs map[uint32]uint64
	// waiting are frames that are not read yet, settled has one entry for each receipt.
	waiting chan *pluginv1.StreamRequest
	settled chan struct{}
}

// Send is the way to the plugin.
func (s *meddledStream) Send(frame *pluginv1.StreamRequest) error {
	switch fault {
	case "ignores credits":
		for _, open := range frame.LaneOpens {
			frame.Credits = append(frame.Credits, &pluginv1.Credit{Lane: open.Lane, Epoch: open.Epoch, Messages: unlimited, Bytes: unlimited})
		}
	case "ignores epochs":
		s.ignoreEpochs(frame)
	case "blocks its reader":
		s.waiting <- frame
		return nil
	}
	return s.PluginService_StreamClient.Send(frame)
}

// ignoreEpochs makes every message one of the epoch that holds.
func (s *meddledStream) ignoreEpochs(frame *pluginv1.StreamRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, open := range frame.LaneOpens {
		s.epochs[open.Lane] = open.Epoch
	}
	for _, b := range frame.Batches {
		b.Epoch = s.epochs[b.Lane]
	}
}

// forward reads the next frame when all messages of the one before are settled.
func (s *meddledStream) forward() {
	for {
		select {
		case frame := <-s.waiting:
			if s.PluginService_StreamClient.Send(frame) != nil || len(frame.Batches) > 0 && !s.await() {
				return
			}
		case <-s.Context().Done():
			return
		}
	}
}

func (s *meddledStream) await() bool {
	select {
	case <-s.settled:
		return true
	case <-s.Context().Done():
		return false
	}
}

// Recv is the way from the plugin.
func (s *meddledStream) Recv() (*pluginv1.StreamResponse, error) {
	frame, err := s.PluginService_StreamClient.Recv()
	if err != nil {
		return nil, err
	}
	for _, r := range frame.Receipts {
		select {
		case s.settled <- struct{}{}:
		default:
		}
		if fault == "acks twice" {
			frame.Receipts = append(frame.Receipts, wire.ToReceipt(r.Lane, core.Receipt{Epoch: r.Epoch, UpTo: r.SettledUpTo,
				Exceptions: []core.Exception{{First: r.SettledUpTo, Count: 1, Outcome: core.OutcomeConfirmed}}}))
		}
	}
	return frame, nil
}
