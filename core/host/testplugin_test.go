package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// servePlugin is this test binary's life as a plugin: a good one, or one that is bad in the way that mode names.
func servePlugin(mode string) {
	handshake := wire.Handshake
	switch mode {
	case "garbage":
		fmt.Println("Traceback (most recent call last): \x1b[31mno module named araldo")
		hang()
	case "gigabyte":
		printGigabyte(os.Stdout)
	case "gigabyte of errors":
		printGigabyte(os.Stderr)
	case "exits":
		fmt.Fprintln(os.Stderr, "the licence ran out")
		os.Exit(3)
	case "hub":
		runHub()
	case "mute":
		hang()
	case "elsewhere":
		fmt.Println("1|1|tcp|127.0.0.1:9|grpc|")
		hang()
	case "version 7":
		handshake.ProtocolVersion = 7
	case "parent":
		child := exec.Command("sleep", "1000")
		if err := child.Start(); err != nil {
			panic(err)
		}
		slog.New(slog.NewJSONHandler(os.Stderr, nil)).Info("child started", "pid", child.Process.Pid)
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         goplugin.PluginSet{wire.PluginKey: &testPlugin{mode: mode, log: log}},
		Logger:          hclog.NewNullLogger(),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.MaxSendMsgSize(64<<20), grpc.ForceServerCodecV2(wire.Codec{}))...)
		},
	})
}

// hang never ends, save with its parent, like a good plugin, so that tests leave nothing behind.
func hang() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// runHub is a hub with one plugin, whose process id it prints, until it is killed.
func runHub() {
	h := New(Options{RuntimeDir: os.Getenv("HOST_TEST_DIR"), Log: slog.New(slog.DiscardHandler)})
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	p, err := h.Start(context.Background(), Spec{Name: "test", Path: self, Env: []string{testPluginMode + "=good"}})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.Status().PID)
	hang()
}

// printGigabyte prints without a line's end until nobody reads.
func printGigabyte(w io.Writer) {
	chunk := bytes.Repeat([]byte("garbage "), 8<<10)
	for range 1 << 30 / len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			os.Exit(0)
		}
	}
	hang()
}

type testPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedPluginServiceServer
	mode string
	log  *slog.Logger

	mu   sync.Mutex
	open map[string]*pluginv1.OpenRequest
}

func (p *testPlugin) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	p.open = make(map[string]*pluginv1.OpenRequest)
	pluginv1.RegisterPluginServiceServer(s, p)
	return nil
}

func (p *testPlugin) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

// testConfig is what tests tell an instance.
type testConfig struct {
	// Busy names a file; while it exists, the instance's port is taken.
	Busy string `json:"busy"`
	// Do names what the instance's stream does beside echoing.
	Do string `json:"do"`
}

func (p *testPlugin) GetInfo(ctx context.Context, _ *pluginv1.GetInfoRequest) (*pluginv1.GetInfoResponse, error) {
	if p.mode == "no answer" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	can := core.Capabilities{Inbound: &core.Inbound{Ack: core.AckMessage}, Outbound: &core.Outbound{Confirm: core.ConfirmWritten}}
	if _, err := os.Stat(os.Getenv("HOST_TEST_CHANGED")); err == nil {
		can.Outbound = nil
	}
	return wire.ToInfo(core.PluginInfo{Name: "test", Version: "1.2.3", Types: []core.TypeInfo{
		{ID: "endpoint-test", Kind: core.KindEndpoint, Capabilities: can},
	}}), nil
}

func (p *testPlugin) ValidateConfig(_ context.Context, r *pluginv1.ValidateConfigRequest) (*pluginv1.ValidateConfigResponse, error) {
	return &pluginv1.ValidateConfigResponse{Claims: []string{"test:" + r.Instance.Name}, Diagnostics: []*pluginv1.Diagnostic{
		{Severity: pluginv1.Severity_SEVERITY_WARNING, Path: "/do", Summary: "it is a test"},
	}}, nil
}

func (p *testPlugin) Open(_ context.Context, r *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	var config testConfig
	if err := json.Unmarshal(r.Instance.ConfigJson, &config); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if _, err := os.Stat(config.Busy); err == nil {
		return nil, status.Error(codes.FailedPrecondition, "port 1 is taken")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[r.Instance.Name] = r
	p.log.Info("opened", "endpoint", r.Instance.Name, "incarnation", r.Incarnation, "enabled", r.Enabled)
	return &pluginv1.OpenResponse{}, nil
}

func (p *testPlugin) SetEnabled(_ context.Context, r *pluginv1.SetEnabledRequest) (*pluginv1.SetEnabledResponse, error) {
	p.log.Info("switched", "endpoint", r.Name, "enabled", r.Enabled)
	return &pluginv1.SetEnabledResponse{}, nil
}

func (p *testPlugin) Drain(context.Context, *pluginv1.DrainRequest) (*pluginv1.DrainResponse, error) {
	return &pluginv1.DrainResponse{}, nil
}

func (p *testPlugin) Close(_ context.Context, r *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	p.log.Info("closed", "endpoint", r.Name, "reason", r.Reason.String())
	return &pluginv1.CloseResponse{}, nil
}

func (p *testPlugin) Inspect(context.Context, *pluginv1.InspectRequest) (*pluginv1.InspectResponse, error) {
	return &pluginv1.InspectResponse{Figures: []*pluginv1.Figure{{Name: "pid", Value: int64(os.Getpid())}}}, nil
}

// testStream is a stream's plugin side: it echoes every message of its lanes on lane 0, heartbeats, and misbehaves as
// its instance's configuration and the messages tell it.
type testStream struct {
	plugin *testPlugin
	pluginv1.PluginService_StreamServer
	do    string
	mu    sync.Mutex // guards Send
	epoch uint64
	next  uint64
	// received is the frames' receipts for lane 0, credits are the grants.
	credit map[uint32]uint64
}

func (p *testPlugin) Stream(w pluginv1.PluginService_StreamServer) error {
	first, err := w.Recv()
	if err != nil {
		return err
	}
	p.mu.Lock()
	opened := p.open[first.Attach.GetName()]
	p.mu.Unlock()
	if opened == nil {
		return status.Error(codes.NotFound, "not open")
	}
	var config testConfig
	_ = json.Unmarshal(opened.Instance.ConfigJson, &config)
	s := &testStream{plugin: p, PluginService_StreamServer: w, do: config.Do, next: 1, credit: make(map[uint32]uint64)}
	if s.do != "silent" {
		go s.heartbeat()
	}
	for {
		frame, err := w.Recv()
		if err != nil {
			return nil
		}
		if err := s.apply(frame); err != nil {
			return err
		}
	}
}

func (s *testStream) heartbeat() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.Context().Done():
			return
		case <-tick.C:
			s.send(&pluginv1.StreamResponse{Heartbeat: &pluginv1.Heartbeat{}})
		}
	}
}

func (s *testStream) send(frame *pluginv1.StreamResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.Send(frame)
}

func (s *testStream) apply(frame *pluginv1.StreamRequest) error {
	for _, open := range frame.LaneOpens {
		if open.Lane == 0 {
			s.epoch, s.next = open.Epoch, 1
			continue
		}
		s.send(&pluginv1.StreamResponse{Credits: []*pluginv1.Credit{
			{Lane: open.Lane, Epoch: open.Epoch, Messages: 1000, Bytes: 64 << 20},
		}})
	}
	for _, b := range frame.Batches {
		if err := s.take(b); err != nil {
			return err
		}
	}
	for _, c := range frame.Credits {
		s.credit[c.Lane] += c.Messages
	}
	for _, r := range frame.Receipts {
		text := fmt.Sprintf("receipt up to %d", r.SettledUpTo)
		for _, x := range r.Exceptions {
			text += fmt.Sprintf(" %s %d+%d", strings.TrimPrefix(x.Outcome.String(), "OUTCOME_"), x.First, x.Count)
		}
		s.plugin.log.Info(text)
	}
	return nil
}

// take receipts a batch, gives its credit back and does what its messages say; others are echoed.
func (s *testStream) take(b *pluginv1.Batch) error {
	n := uint64(len(b.Payloads))
	s.send(&pluginv1.StreamResponse{
		Receipts: []*pluginv1.Receipt{{Lane: b.Lane, Epoch: b.Epoch, SettledUpTo: b.Sequence + n - 1}},
		Credits:  []*pluginv1.Credit{{Lane: b.Lane, Epoch: b.Epoch, Messages: n, Bytes: 1 << 20}},
	})
	for _, payload := range b.Payloads {
		command, argument, _ := strings.Cut(string(payload), ":")
		if err := s.obey(command, argument, b); err != nil {
			return err
		}
	}
	return nil
}

func (s *testStream) emit(payloads ...[]byte) *pluginv1.Batch {
	b := &pluginv1.Batch{Epoch: s.epoch, Sequence: s.next, Payloads: payloads}
	s.next += uint64(len(payloads))
	return b
}

func (s *testStream) sendBatch(b *pluginv1.Batch) {
	s.send(&pluginv1.StreamResponse{Batches: []*pluginv1.Batch{b}})
}

func (s *testStream) sendReceipt(r *pluginv1.Receipt) {
	s.send(&pluginv1.StreamResponse{Receipts: []*pluginv1.Receipt{r}})
}

func (s *testStream) obey(command, argument string, from *pluginv1.Batch) error {
	switch command {
	case "die":
		os.Exit(7)
	case "panic":
		go func() { panic("the test asked for it") }()
		<-s.Context().Done()
	case "print":
		fmt.Println(argument)
	case "log":
		s.plugin.log.Warn(argument, "endpoint", "x")
	case "flood the log":
		for i := range 200_000 {
			s.plugin.log.Info("flood", "i", i)
		}
	case "end the stream":
		return status.Error(codes.Internal, "a bug")
	case "forget":
		s.plugin.mu.Lock()
		clear(s.plugin.open)
		s.plugin.mu.Unlock()
		return status.Error(codes.NotFound, "not open")
	case "event":
		kind := pluginv1.EventKind(pluginv1.EventKind_value["EVENT_KIND_"+argument])
		s.send(&pluginv1.StreamResponse{Events: []*pluginv1.Event{{Kind: kind, Cause: "no\nroute", Missed: 3}}})
	case "overdraw":
		s.sendBatch(s.emit(make([][]byte, windowMessages+1)...))
	case "overdraw bytes":
		s.sendBatch(s.emit(make([]byte, 900<<10), make([]byte, 900<<10)))
		for range 6 {
			s.sendBatch(s.emit(make([]byte, 900<<10)))
		}
	case "wrong epoch":
		b := s.emit([]byte("void"))
		s.next--
		b.Epoch += 5
		s.sendBatch(b)
	case "twice":
		b := s.emit([]byte("once"))
		s.sendBatch(b)
		s.sendBatch(b)
	case "gap":
		s.next++
		s.sendBatch(s.emit([]byte("gap")))
	case "columns":
		b := s.emit([]byte("a"))
		b.HeaderOf = []uint32{4}
		s.sendBatch(b)
	case "headers":
		b := s.emit([]byte("a"))
		b.Headers = make([]*pluginv1.Header, 100)
		for i := range b.Headers {
			b.Headers[i] = &pluginv1.Header{}
		}
		s.sendBatch(b)
	case "lane 9":
		b := s.emit([]byte("a"))
		b.Lane = 9
		s.sendBatch(b)
	case "receipt for lane 9":
		s.sendReceipt(&pluginv1.Receipt{Lane: 9, Epoch: 1, SettledUpTo: 1})
	case "huge frame":
		s.sendBatch(s.emit(make([]byte, 8<<20)))
	case "too large":
		b := s.emit([]byte("before"), make([]byte, 1<<20+1), []byte("after"))
		s.sendBatch(b)
	case "acks unknown":
		s.sendReceipt(&pluginv1.Receipt{Lane: from.Lane, Epoch: from.Epoch, SettledUpTo: 1 << 60})
		s.sendReceipt(&pluginv1.Receipt{Lane: from.Lane, Epoch: from.Epoch, SettledUpTo: from.Sequence,
			Exceptions: []*pluginv1.Exception{{First: 1 << 50, Count: 1, Outcome: pluginv1.Outcome_OUTCOME_FAILED}}})
		s.sendReceipt(&pluginv1.Receipt{Lane: from.Lane, Epoch: from.Epoch, SettledUpTo: from.Sequence,
			Counts: []*pluginv1.OutcomeCount{{Outcome: pluginv1.Outcome_OUTCOME_NO_RECIPIENT, Count: 1}}})
		s.sendReceipt(&pluginv1.Receipt{Lane: from.Lane, Epoch: from.Epoch, SettledUpTo: from.Sequence - 1})
	case "credit without end":
		s.send(&pluginv1.StreamResponse{Credits: []*pluginv1.Credit{{Lane: from.Lane, Epoch: from.Epoch, Messages: 1 << 63}}})
	case "attributes":
		b := s.emit([]byte("a"), []byte("b"))
		b.HeaderOf = []uint32{0, 1}
		b.Headers = []*pluginv1.Header{
			{ContentType: "text/plain", Attributes: []*pluginv1.Attribute{
				{Name: "conn", Value: "ws-1.1"}, {Name: "Bad Name", Value: "x"}, {Name: "line", Value: "a\nb"},
				{Name: "to", Value: "conn:x"}, {Name: "hops", Value: "1"}, {Name: "source", Value: "someone else"},
				{Name: "utf", Value: "\xff"},
			}}, {ContentType: "text/\x00", Attributes: []*pluginv1.Attribute{{Name: "kind", Value: "text"}}},
		}
		s.sendBatch(b)
	case "own ids":
		b := s.emit([]byte("a"), []byte("b"))
		b.IdBase, b.TimeUnixNano = bytes.Repeat([]byte{7}, 16), 42
		s.sendBatch(b)
	case "emit":
		n := 0
		_, _ = fmt.Sscan(argument, &n)
		for i := range n {
			s.sendBatch(s.emit(fmt.Appendf(nil, "%d", i)))
		}
	default:
		s.sendBatch(s.emit([]byte(command)))
	}
	return nil
}
