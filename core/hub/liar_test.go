package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// liar is a plugin without the SDK, which would not let it break the rules as messages tell it.
type liar struct {
	goplugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedPluginServiceServer
}

// serveLiar makes this process that plugin, until its hub ends.
func serveLiar() {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: wire.Handshake, Plugins: goplugin.PluginSet{wire.PluginKey: &liar{}}, Logger: hclog.NewNullLogger(),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.MaxSendMsgSize(64<<20), grpc.ForceServerCodecV2(wire.Codec{}))...)
		},
	})
	os.Exit(0)
}

func (l *liar) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterPluginServiceServer(s, l)
	return nil
}

func (*liar) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (*liar) GetInfo(context.Context, *pluginv1.GetInfoRequest) (*pluginv1.GetInfoResponse, error) {
	return wire.ToInfo(core.PluginInfo{Name: "liar", Version: "1.0.0", Types: []core.TypeInfo{{
		ID: "endpoint-liar", Kind: core.KindEndpoint, Schema: []byte(`{"type":"object","properties":{}}`),
		Capabilities: core.Capabilities{Outbound: &core.Outbound{Confirm: core.ConfirmAccepted}},
	}}}), nil
}

func (*liar) ValidateConfig(context.Context, *pluginv1.ValidateConfigRequest) (*pluginv1.ValidateConfigResponse, error) {
	return &pluginv1.ValidateConfigResponse{}, nil
}

func (*liar) Open(context.Context, *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	return &pluginv1.OpenResponse{}, nil
}

func (*liar) Drain(context.Context, *pluginv1.DrainRequest) (*pluginv1.DrainResponse, error) {
	return &pluginv1.DrainResponse{}, nil
}

func (*liar) Close(context.Context, *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	return &pluginv1.CloseResponse{}, nil
}

func (*liar) Inspect(context.Context, *pluginv1.InspectRequest) (*pluginv1.InspectResponse, error) {
	return &pluginv1.InspectResponse{}, nil
}

// Stream gives credit, receipts what comes and then obeys it.
func (l *liar) Stream(w pluginv1.PluginService_StreamServer) error {
	for {
		frame, err := w.Recv()
		if err != nil {
			return nil
		}
		answer := &pluginv1.StreamResponse{Heartbeat: &pluginv1.Heartbeat{}}
		for _, open := range frame.LaneOpens {
			answer.Credits = append(answer.Credits, &pluginv1.Credit{Lane: open.Lane, Epoch: open.Epoch, Messages: 1000, Bytes: 1 << 20})
		}
		if err := w.Send(answer); err != nil {
			return err
		}
		for _, b := range frame.Batches {
			if err := l.take(w, b); err != nil {
				return err
			}
		}
	}
}

func (*liar) take(w pluginv1.PluginService_StreamServer, b *pluginv1.Batch) error {
	last := b.Sequence + uint64(len(b.Payloads)) - 1
	receipt := &pluginv1.Receipt{Lane: b.Lane, Epoch: b.Epoch, SettledUpTo: last}
	answers := []*pluginv1.StreamResponse{{Receipts: []*pluginv1.Receipt{receipt}}}
	except := func(first uint64, failure *pluginv1.Failure) {
		answers = append(answers, &pluginv1.StreamResponse{Receipts: []*pluginv1.Receipt{{Lane: b.Lane, Epoch: b.Epoch,
			SettledUpTo: last, Exceptions: []*pluginv1.Exception{{First: first, Count: 1, Outcome: pluginv1.Outcome_OUTCOME_FAILED,
				Failure: failure}}}}})
	}
	failure := &pluginv1.Failure{Class: pluginv1.FailureClass_FAILURE_CLASS_RETRYABLE}
	switch string(bytes.Join(b.Payloads, nil)) {
	case "ack beyond":
		receipt.SettledUpTo += 1000
	case "ack unknown":
		except(last+1000, failure)
	case "ack twice":
		except(last, failure)
	case "ack without a failure":
		except(last, nil)
	case "gigabyte":
		for range 1 << 30 / (8 << 20) {
			answers = append(answers, &pluginv1.StreamResponse{Batches: []*pluginv1.Batch{{Epoch: 1, Sequence: 1,
				Payloads: [][]byte{make([]byte, 8<<20)}}}})
		}
	case "no credit":
		answers = append(answers, &pluginv1.StreamResponse{Batches: []*pluginv1.Batch{{Lane: b.Lane, Epoch: b.Epoch,
			Sequence: 1, Payloads: [][]byte{[]byte("nobody asked")}}}})
	case "flood":
		for i := range 200_000 {
			fmt.Fprintln(os.Stderr, "flood", i)
		}
	}
	for _, answer := range answers {
		if err := w.Send(answer); err != nil {
			return err
		}
	}
	return nil
}

// fault: B18
func TestAPluginThatLiesLosesItsStreamAndNobodyElseAnything(t *testing.T) {
	programs := installed(t, "liar")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q], metrics-port: 0}
plugins:
  endpoints:
    - {name: hands, id: endpoint-mock}
    - {name: clock, id: endpoint-mock, every: 1ms}
    - {name: liar, id: endpoint-liar}
    - {name: honest, id: endpoint-mock}
routes:
  hands: [liar]
  clock: [honest]
`, programs.dir))
	say := func(text string) {
		t.Helper()
		if _, err := r.Send(t.Context(), "hands", control.Message{Payload: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	pid := r.plugin("liar").PID
	kinds := map[string]uint64{}
	for command, reason := range map[string]string{
		"ack beyond": "stream-receipt", "ack unknown": "stream-receipt", "ack twice": "stream-receipt",
		"ack without a failure": "stream-receipt", "gigabyte": "stream-frame", "no credit": "stream-lane", "flood": "",
	} {
		before := r.outlet("clock", "honest").Account.Delivered
		say(command)
		if reason != "" {
			kinds[reason]++
			eventually(t, command+" is counted", func() bool { return r.endpoint("liar").Rejected[reason] == kinds[reason] })
		}
		settled := func() bool { a := r.outlet("hands", "liar").Account; return a.InFlight+a.Queued == 0 }
		eventually(t, "what was under way is accounted for", settled)
		eventually(t, "the liar is back", func() bool { return r.endpoint("liar").State == "ready" })
		delivered := r.outlet("hands", "liar").Account.Delivered
		say("the truth")
		eventually(t, "a message passes after "+command, func() bool { return r.outlet("hands", "liar").Account.Delivered > delivered })
		eventually(t, "the other route goes on", func() bool { return r.outlet("clock", "honest").Account.Delivered > before })
	}
	all := r.scrape()
	for reason, n := range kinds {
		if got := all[fmt.Sprintf("araldo_endpoint_rejected_total{endpoint=%q,reason=%q}", "liar", reason)]; got != float64(n) {
			t.Errorf("%v of %s in the metrics, want %d", got, reason, n)
		}
	}
	if got := r.plugin("liar"); got.PID != pid || len(got.Log) > 50 || !strings.HasPrefix(got.Log[0], "flood") {
		t.Errorf("process %d before, now %+v", pid, got)
	}
	if honest := r.outlet("clock", "honest"); len(honest.Account.Dropped) != 0 {
		t.Errorf("the honest one lost messages: %+v", honest.Account)
	}
}
