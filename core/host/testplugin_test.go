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
	"sync"
	"sync/atomic"
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
	sent atomic.Uint64 // frames, on all streams

	slow sync.Once

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
	// Fatal names a file; while it exists, opening the instance ends the process.
	Fatal string `json:"fatal"`
	// Slow names a file; opening the instance takes until it is gone, whatever becomes of whoever asked.
	Slow string `json:"slow"`
	// Do names what the instance's stream does beside echoing.
	Do string `json:"do"`
}

func (p *testPlugin) GetInfo(ctx context.Context, _ *pluginv1.GetInfoRequest) (*pluginv1.GetInfoResponse, error) {
	if p.mode == "no answer" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	can := core.Capabilities{Inbound: &core.Inbound{Ack: core.AckMessage, Replay: core.ReplayPending},
		Outbound: &core.Outbound{Confirm: core.ConfirmWritten}}
	if _, err := os.Stat(os.Getenv("HOST_TEST_CHANGED")); err == nil {
		can.Outbound = nil
	}
	return wire.ToInfo(core.PluginInfo{Name: "test", Version: "1.2.3", Types: []core.TypeInfo{
		{ID: "endpoint-test", Kind: core.KindEndpoint, Capabilities: can},
		{ID: "marshal-test", Kind: core.KindMarshalling},
	}}), nil
}

func (p *testPlugin) ValidateConfig(_ context.Context, r *pluginv1.ValidateConfigRequest) (*pluginv1.ValidateConfigResponse, error) {
	if p.mode == "dies when it validates" {
		os.Exit(4)
	}
	answer := &pluginv1.ValidateConfigResponse{Claims: []string{"test:" + r.Instance.Name}, Diagnostics: []*pluginv1.Diagnostic{
		{Severity: pluginv1.Severity_SEVERITY_WARNING, Path: "/do", Summary: "it is a test"},
	}}
	if _, err := os.Stat(os.Getenv("HOST_TEST_LESSENED")); err == nil {
		answer.Capabilities = wire.ToCapabilities(core.Capabilities{Inbound: &core.Inbound{}})
	}
	return answer, nil
}

func (p *testPlugin) Open(_ context.Context, r *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	var config testConfig
	if err := json.Unmarshal(r.Instance.ConfigJson, &config); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if _, err := os.Stat(config.Fatal); err == nil {
		os.Exit(4)
	}
	if _, err := os.Stat(config.Busy); err == nil {
		return nil, status.Error(codes.FailedPrecondition, "port 1 is taken")
	}
	p.await(config.Slow)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[r.Instance.Name] != nil {
		return nil, status.Error(codes.AlreadyExists, "it is open")
	}
	p.open[r.Instance.Name] = r
	p.log.Info("opened", "endpoint", r.Instance.Name, "incarnation", r.Incarnation, "enabled", r.Enabled,
		"inbound", r.Inbound)
	return &pluginv1.OpenResponse{}, nil
}

// await returns when a file is gone.
func (p *testPlugin) await(file string) {
	for tick := time.Tick(5 * time.Millisecond); file != ""; <-tick {
		if _, err := os.Stat(file); err != nil {
			return
		}
		p.slow.Do(func() { p.log.Info("opening") })
	}
}

func (p *testPlugin) SetEnabled(_ context.Context, r *pluginv1.SetEnabledRequest) (*pluginv1.SetEnabledResponse, error) {
	p.log.Info("switched", "endpoint", r.Name, "enabled", r.Enabled)
	return &pluginv1.SetEnabledResponse{}, nil
}

func (p *testPlugin) SetDirections(ctx context.Context, r *pluginv1.SetDirectionsRequest) (*pluginv1.SetDirectionsResponse, error) {
	if p.mode == "old" {
		return p.UnimplementedPluginServiceServer.SetDirections(ctx, r)
	}
	p.log.Info("directed", "endpoint", r.Name, "inbound", r.Inbound, "outbound", r.Outbound)
	return &pluginv1.SetDirectionsResponse{}, nil
}

// Drain of an instance that is told to do so late answers three frames before it has said all.
func (p *testPlugin) Drain(_ context.Context, r *pluginv1.DrainRequest) (*pluginv1.DrainResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var config testConfig
	if err := json.Unmarshal(p.open[r.Name].Instance.ConfigJson, &config); err != nil || config.Do != "late" {
		return &pluginv1.DrainResponse{}, err
	}
	return &pluginv1.DrainResponse{Frames: p.sent.Load() + 3}, nil
}

func (p *testPlugin) Close(_ context.Context, r *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	p.log.Info("closed", "endpoint", r.Name, "reason", r.Reason.String())
	p.mu.Lock()
	delete(p.open, r.Name)
	p.mu.Unlock()
	return &pluginv1.CloseResponse{}, nil
}

func (p *testPlugin) Inspect(context.Context, *pluginv1.InspectRequest) (*pluginv1.InspectResponse, error) {
	return &pluginv1.InspectResponse{Figures: []*pluginv1.Figure{{Name: "pid", Value: int64(os.Getpid())}}}, nil
}
