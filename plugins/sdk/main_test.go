package sdk_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, loopback) }

// noConfig is the configuration of endpoints without keys.
type noConfig struct{}

// both is what an endpoint with both directions can do.
var both = sdk.Capabilities{Inbound: &sdk.Inbound{Pausable: true}, Outbound: &sdk.Outbound{Confirm: sdk.ConfirmAccepted}}

// plugin makes a plugin whose one id, endpoint-test, opens what open returns.
func plugin(open func(sdk.Instance) sdk.Closer) sdk.Plugin {
	return sdk.Plugin{Name: "test", Version: "0", Types: []sdk.Type{sdk.Endpoint("endpoint-test", "for tests", both,
		func(_ context.Context, in sdk.Instance, _ noConfig) (sdk.Closer, error) { return open(in), nil })}}
}

// start serves an endpoint in memory and attaches to it.
func start(t *testing.T, e sdk.Closer) (*sdktest.Hub, *sdktest.Session) {
	t.Helper()
	h := sdktest.InMemory(t, plugin(func(sdk.Instance) sdk.Closer { return e }))
	if err := h.Open(t, instance); err != nil {
		t.Fatal(err)
	}
	return h, h.Attach(t, "one")
}

var instance = sdktest.Instance{Name: "one", ID: "endpoint-test"}

// endpoint is made of functions; those not given do nothing.
type endpoint struct {
	receive func(context.Context, sdk.Emit) error
	send    func(context.Context, []sdk.Message) error
	close   func() error
}

func (e *endpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	if e.receive != nil {
		return e.receive(ctx, emit)
	}
	<-ctx.Done()
	return ctx.Err()
}

func (e *endpoint) Send(ctx context.Context, messages []sdk.Message) error {
	if e.send != nil {
		return e.send(ctx, messages)
	}
	return nil
}

func (e *endpoint) Close(context.Context, sdk.CloseReason) error {
	if e.close != nil {
		return e.close()
	}
	return nil
}

// text makes messages.
func text(payloads ...string) []sdk.Message {
	list := make([]sdk.Message, len(payloads))
	for i, payload := range payloads {
		list[i].Payload = []byte(payload)
	}
	return list
}

func texts(list []sdk.Message) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = string(list[i].Payload)
	}
	return out
}

func TestRunByHandExplainsItself(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ARALDO_SDKTEST=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Errorf("ended with %v", err)
	}
	if !strings.Contains(stderr.String(), "araldo-plugin-loopback") {
		t.Errorf("said %q", stderr.String())
	}
}
