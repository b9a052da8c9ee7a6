package sdktest

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// fault names what the plugin of this test binary does wrong; empty for nothing.
var fault = os.Getenv("ARALDO_SDKTEST_FAULT")

func TestMain(m *testing.M) {
	if fault != "" {
		patience = 2 * time.Second
	}
	Main(m, faulty)
}

// findings are the checks that must fail for each fault.
var findings = map[string][]string{
	"reverses what it brings in":  {"inbound_order", "inbound_credit", "inbound_byte_credit", "inbound_new_stream"},
	"reverses what it is sent":    {"outbound_order", "outbound_drain"},
	"cuts large messages":         {"inbound_sizes", "outbound_sizes"},
	"loses a message":             {"outbound_order_acked", "outbound_lanes"},
	"refuses a message":           {"outbound_order_strict"},
	"refuses everything":          {"outbound_epochs", "outbound_disabled"},
	"emits after the drain":       {"inbound_drain"},
	"brings settled ones again":   {"redelivery"},
	"forgets returned ones":       {"redelivery"},
	"can't be switched":           {"life_cycle", "outbound_disabled"},
	"hangs while closing":         {"life_cycle", "slow_sink"},
	"panics while closing":        {"life_cycle", "stream"},
	"hangs while sending":         {"outbound_cancel"},
	"takes any configuration":     {"configuration"},
	"has a schema too narrow":     {"schema"},
	"confirms what it never took": {"slow_sink"},
}

func TestSuiteFindsFaults(t *testing.T) {
	for name, checks := range findings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := runFaulty(t, name, "^memory$/^("+strings.Join(checks, "|")+")$")
			for _, check := range checks {
				if !bytes.Contains(out, []byte("--- FAIL: TestFaultyPlugin/memory/"+check+" ")) {
					t.Errorf("check %s did not fail:\n%s", check, out)
				}
			}
		})
	}
}

func TestSuiteFindsObedience(t *testing.T) {
	out := runFaulty(t, "obeys SIGTERM", "^process$/^(life_cycle|outlives_signals)$")
	if !bytes.Contains(out, []byte("--- FAIL: TestFaultyPlugin/process/outlives_signals ")) {
		t.Errorf("the plugin obeyed:\n%s", out)
	}
}

func TestSuiteFindsLeaks(t *testing.T) {
	out := runFaulty(t, "leaks a goroutine", "^memory$/^life_cycle$")
	if !bytes.Contains(out, []byte("found unexpected goroutines")) {
		t.Errorf("the leak was not found:\n%s", out)
	}
}

// runFaulty runs some of the checks in a process with a fault, and returns what it printed. They must fail.
func runFaulty(t *testing.T, fault, checks string) []byte {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestFaultyPlugin$/"+checks, "-test.v")
	cmd.Env = append(os.Environ(), "ARALDO_SDKTEST_FAULT="+fault)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the suite passed (%v):\n%s", err, out)
	}
	return out
}

// TestFaultyPlugin passes where there is no fault.
func TestFaultyPlugin(t *testing.T) {
	Run(t, faulty, Promises{
		ID: "endpoint-faulty",
		New: func(t testing.TB) Outside {
			record := filepath.Join(t.TempDir(), "record")
			read := 0
			keys := map[string]any{"record": record, "made": 2000}
			if fault == "has a schema too narrow" {
				keys["made"] = "2000"
			}
			config, err := json.Marshal(keys)
			if err != nil {
				t.Fatal(err)
			}
			return Outside{Config: string(config), Feed: func(_ testing.TB, list [][]byte) [][]byte {
				fed := payloads(2000)[:len(list)]
				fed[1] = large
				return fed
			}, Read: func(t testing.TB, n int) [][]byte {
				read += n
				return recorded(t, record, read)[read-n:]
			}}
		},
		NewStalled: func(testing.TB) Outside { return Outside{Config: `{"stalled": true}`} },
		BadConfigs: map[string]string{`{"made": -1}`: "/made"},
	})
}

func recorded(t testing.TB, path string, n int) [][]byte {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		raw, err := os.ReadFile(path)
		lines := bytes.Fields(raw)
		if err == nil && len(lines) >= n {
			list := make([][]byte, n)
			for i := range list {
				list[i], _ = hex.DecodeString(strings.TrimPrefix(string(lines[i]), "x"))
			}
			return list
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d messages recorded, %v", len(lines), n, err)
		}
	}
}

type faultyConfig struct {
	Record  string `key:"record"`
	Made    int    `key:"made" default:"0"`
	Stalled bool   `key:"stalled" default:"false"`
}

func (c *faultyConfig) Check(sdk.Setting) []sdk.Diagnostic {
	if c.Made < 0 && fault != "takes any configuration" {
		return []sdk.Diagnostic{{Severity: core.SeverityError, Path: "/made", Summary: "below 0"}}
	}
	return nil
}

var faulty = sdk.Plugin{Name: "faulty", Version: "1", Types: []sdk.Type{
	sdk.Endpoint("endpoint-faulty", "does one thing wrong", sdk.Capabilities{
		Inbound:  &sdk.Inbound{Ack: core.AckMessage, Replay: core.ReplayPending},
		Outbound: &sdk.Outbound{},
	}, openFaulty),
}}

func openFaulty(_ context.Context, _ sdk.Instance, c faultyConfig) (sdk.Closer, error) {
	switch fault {
	case "leaks a goroutine":
		go func() { select {} }()
	case "obeys SIGTERM":
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		go func() {
			<-terminated
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // os.Exit takes a second with the race detector
		}()
	}
	return &faultyEndpoint{config: c, again: make(chan []string, 100)}, nil
}

// large is the payload of the second message that is brought in.
var large = bytes.Repeat([]byte("m"), 1<<16)

// faultyEndpoint brings in `made` numbered messages and records what it is sent.
type faultyEndpoint struct {
	config faultyConfig
	again  chan []string
	mu     sync.Mutex
	taken  int
}

func (e *faultyEndpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	var tokens []string
	for i := range e.config.Made {
		tokens = append(tokens, fmt.Sprint("message ", i+1))
	}
	if fault == "emits after the drain" {
		go func() { _ = emit(context.Background(), make([]sdk.Message, 4000), make([]string, 4000)...) }()
	}
	for {
		if fault == "reverses what it brings in" {
			slices.Reverse(tokens)
		}
		list := make([]sdk.Message, len(tokens))
		for i := range list {
			if list[i].Payload = []byte(tokens[i]); tokens[i] == "message 2" {
				list[i].Payload = cut(large)
			}
		}
		if err := emit(ctx, list, tokens...); err != nil {
			return err
		}
		select {
		case tokens = <-e.again:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *faultyEndpoint) Settle(_ context.Context, settled, returned []string) error {
	switch fault {
	case "brings settled ones again":
		returned = append(slices.Clone(settled), returned...)
	case "forgets returned ones":
		return nil
	}
	if len(returned) > 0 {
		e.again <- returned
	}
	return nil
}

func (e *faultyEndpoint) Send(ctx context.Context, messages []sdk.Message) error {
	if fault == "hangs while sending" {
		select {}
	}
	if e.config.Stalled && fault != "confirms what it never took" {
		<-ctx.Done()
		return ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var lines []string
	for i := range messages {
		payload := messages[i].Payload
		if e.taken++; fault == "loses a message" && e.taken%100 == 0 {
			continue
		}
		lines = append(lines, "x"+hex.EncodeToString(cut(payload))+"\n")
	}
	if fault == "reverses what it is sent" {
		slices.Reverse(lines)
	}
	if err := e.write(strings.Join(lines, "")); err != nil {
		return err
	}
	if fault == "refuses a message" && e.taken > 1000 || fault == "refuses everything" {
		return &sdk.Failure{Class: core.FailurePermanent, Scope: core.ScopeMessage, Detail: "no"}
	}
	return nil
}

func cut(payload []byte) []byte {
	if fault != "cuts large messages" {
		return payload
	}
	return payload[:min(len(payload), 1000)]
}

func (e *faultyEndpoint) write(lines string) error {
	if e.config.Record == "" {
		return nil
	}
	file, err := os.OpenFile(e.config.Record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = file.WriteString(lines)
	return err
}

func (e *faultyEndpoint) SetEnabled(context.Context, bool) error {
	if fault == "can't be switched" {
		return errors.New("no switch")
	}
	return nil
}

func (e *faultyEndpoint) Close(context.Context, sdk.CloseReason) error {
	switch fault {
	case "hangs while closing":
		select {}
	case "panics while closing":
		panic("closing")
	}
	return nil
}

// A session sees what breaks the protocol in any plugin, whether it uses the SDK or not.
func TestSessionSeesWhatBreaksTheProtocol(t *testing.T) {
	batch := func(lane uint32, first uint64, n int) *pluginv1.StreamResponse {
		return &pluginv1.StreamResponse{Batches: []*pluginv1.Batch{
			wire.ToBatch(lane, 1, first, make([]core.Message, n))}}
	}
	misshapen := batch(0, 1, 1)
	misshapen.Batches[0].HeaderOf = []uint32{5}
	large := batch(0, 1, 1)
	large.Batches[0].Payloads[0] = make([]byte, wire.FrameLimit)
	receipt := func(lane uint32, upTo uint64) *pluginv1.StreamResponse {
		return &pluginv1.StreamResponse{Receipts: []*pluginv1.Receipt{wire.ToReceipt(lane, core.Receipt{Epoch: 1, UpTo: upTo})}}
	}
	for name, frames := range map[string][]*pluginv1.StreamResponse{
		"more messages than credit":     {batch(0, 1, 11)},
		"more bytes than credit":        {large, batch(0, 2, 1)},
		"a gap in the sequence":         {batch(0, 1, 2), batch(0, 4, 1)},
		"a repeated sequence":           {batch(0, 1, 2), batch(0, 2, 1)},
		"a batch on an outbound lane":   {batch(1, 1, 1)},
		"a misshapen batch":             {misshapen},
		"a frame over the limit":        {large},
		"a receipt that goes back":      {receipt(1, 5), receipt(1, 4)},
		"a receipt for no lane":         {receipt(9, 1)},
		"credit of a dead epoch, alone": nil,
	} {
		s := &Session{epoch: 1, seen: Seen{Lanes: map[uint32]*Lane{1: {Epoch: 1, Counts: map[core.Outcome]uint64{}}}}}
		s.granted.messages, s.granted.bytes = 10, 10
		for _, frame := range frames {
			s.note(frame)
		}
		if (len(s.seen.Wrong) > 0) != (frames != nil) {
			t.Errorf("%s: %v", name, s.seen.Wrong)
		}
	}
}
