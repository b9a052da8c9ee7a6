package sdk_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/sdk/sdktest"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// opening is a plugin whose id opens with an error or a panic.
func opening(fail func() error) sdk.Plugin {
	return sdk.Plugin{Name: "test", Types: []sdk.Type{sdk.Endpoint("endpoint-test", "for tests", both,
		func(context.Context, sdk.Instance, noConfig) (sdk.Closer, error) { return &endpoint{}, fail() })}}
}

// parity: A24
func TestErrorsOfOpeningHaveKinds(t *testing.T) {
	for _, c := range []struct {
		fail func() error
		code codes.Code
		text string
	}{
		{func() error { return errors.New("port 80 is taken") }, codes.FailedPrecondition, "open one: port 80 is taken"},
		{func() error { return wrongKey }, codes.InvalidArgument, "open one: WRONGTYPE"},
		{func() error { panic("nil") }, codes.Internal, "open one: the function that opens the endpoint panicked: nil"},
		{func() error { return context.DeadlineExceeded }, codes.DeadlineExceeded, "open one"},
	} {
		h := sdktest.InMemory(t, opening(c.fail))
		err := h.Open(t, instance)
		if status.Code(err) != c.code || !strings.Contains(status.Convert(err).Message(), c.text) {
			t.Errorf("opening: %v, must be %v with %q", err, c.code, c.text)
		}
		if err := h.Open(t, instance); status.Code(err) == codes.AlreadyExists {
			t.Error("what failed to open is open")
		}
	}
}

// What opens though nobody waits for it any more is closed at once: nobody knows of it.
func TestWhatOpensTooLateIsClosed(t *testing.T) {
	begun, closed := make(chan struct{}), make(chan struct{})
	h := sdktest.InMemory(t, sdk.Plugin{Name: "test", Types: []sdk.Type{sdk.Endpoint("endpoint-test", "for tests", both,
		func(ctx context.Context, _ sdk.Instance, _ noConfig) (sdk.Closer, error) {
			close(begun)
			<-ctx.Done()
			return &endpoint{close: func() error { close(closed); return nil }}, nil
		})}})
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-begun; leave() }()
	request := &pluginv1.OpenRequest{Instance: &pluginv1.InstanceConfig{Name: "one", Id: "endpoint-test"}, Incarnation: 1, Enabled: true}
	if _, err := h.Client.Open(ctx, request); status.Code(err) != codes.Canceled {
		t.Errorf("open: %v", err)
	}
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("it stays open")
	}
}

func TestPanicsOfAnEndpointStayItsOwn(t *testing.T) {
	h := sdktest.InMemory(t, plugin(func(sdk.Instance) sdk.Closer {
		return &endpoint{close: func() error { panic("closing") }}
	}))
	if err := h.Open(t, instance); err != nil {
		t.Fatal(err)
	}
	if err := h.Close("one"); status.Code(err) != codes.Internal {
		t.Errorf("close: %v", err)
	}
	if err := h.Open(t, instance); err != nil {
		t.Errorf("open again: %v", err)
	}
}

// half an endpoint promises both directions and is a sink only.
type half struct{}

func (half) Send(context.Context, []sdk.Message) error    { return nil }
func (half) Close(context.Context, sdk.CloseReason) error { return nil }

func TestPromisedDirectionMustBeThere(t *testing.T) {
	h := sdktest.InMemory(t, plugin(func(sdk.Instance) sdk.Closer { return half{} }))
	if err := h.Open(t, instance); err == nil || !strings.Contains(err.Error(), "no Receive") {
		t.Errorf("open: %v", err)
	}
}

func TestDisablingClosesWhatIsNoEnabler(t *testing.T) {
	opened, closed := 0, 0
	h := sdktest.InMemory(t, plugin(func(in sdk.Instance) sdk.Closer {
		opened++
		return &endpoint{close: func() error { closed++; return nil }}
	}))
	off := instance
	off.Disabled = true
	if err := h.Open(t, off); err != nil {
		t.Fatal(err)
	}
	for _, enabled := range []bool{true, false, true} {
		if err := h.SetEnabled("one", enabled); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Close("one"); err != nil || opened != 3 || closed != 3 {
		t.Errorf("opened %d times, closed %d times, %v", opened, closed, err)
	}
}

// picky is a configuration with abilities.
type picky struct {
	Host string `key:"host" default:"localhost"`
}

func (p *picky) Check(s sdk.Setting) []sdk.Diagnostic {
	if p.Host == s.Bind {
		return []sdk.Diagnostic{{Severity: sdk.SeverityError, Path: "/host", Summary: "it is here"}}
	}
	return []sdk.Diagnostic{{Severity: sdk.SeverityWarning, Path: "/host", Summary: "it is far"}}
}

func (p *picky) Claims(s sdk.Setting) sdk.Claims {
	return sdk.Claims{Takes: []string{"listen:" + s.Name}, SpeaksTo: []string{"x://" + p.Host}, HearsFrom: []string{"y"}}
}

func (p *picky) Capabilities() sdk.Capabilities { return sdk.Capabilities{Inbound: &sdk.Inbound{}} }

func TestConfigurationsAssessThemselves(t *testing.T) {
	h := sdktest.InMemory(t, sdk.Plugin{Types: []sdk.Type{sdk.Endpoint("endpoint-test", "for tests", both,
		func(context.Context, sdk.Instance, picky) (sdk.Closer, error) { return &endpoint{}, nil })}})
	a := h.Validate(t, instance)
	if len(a.Diagnostics) != 1 || a.Diagnostics[0].Severity != core.SeverityWarning || a.Claims[0] != "listen:one" ||
		a.SpeaksTo[0] != "x://localhost" || a.HearsFrom[0] != "y" || a.Capabilities.Outbound != nil {
		t.Errorf("assessed %+v", a)
	}
	bad := instance
	bad.Config = `{"host": "127.0.0.1"}`
	if a := h.Validate(t, bad); a.Diagnostics[0].Summary != "it is here" || a.Claims != nil {
		t.Errorf("assessed %+v", a)
	}
}

// upper is a marshalling: canonical payloads in lower case, bytes in upper case.
type upper struct{}

func (upper) Marshal(m sdk.Message) (sdk.Message, error) {
	switch text := string(m.Payload); text {
	case "bad":
		return m, &sdk.PathError{Path: "/a/0", Err: errors.New("not a letter")}
	case "boom":
		panic("marshal")
	default:
		return sdk.Message{Payload: []byte(strings.ToUpper(text)), Header: &sdk.Header{ContentType: "text/x-upper"}}, nil
	}
}

func (upper) Unmarshal(m sdk.Message) (sdk.Message, error) {
	m.Payload = []byte(strings.ToLower(string(m.Payload)))
	return m, nil
}

func TestMarshallingAnswersEachMessage(t *testing.T) {
	h := sdktest.InMemory(t, loopback)
	if err := h.Open(t, sdktest.Instance{Name: "up", ID: "marshal-loop"}); err != nil {
		t.Fatal(err)
	}
	stream, err := h.Client.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(3) {
		batch := wire.ToBatch(1, 1, 1, text("a", "bad", "boom", "", "b"))
		if err := stream.Send(&pluginv1.MarshalRequest{Name: "up", Sequence: i, Batch: batch}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range uint64(3) {
		r, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if r.Sequence != i || string(r.Payloads[0]) != "A" || string(r.Payloads[4]) != "B" || r.ContentType != "text/x-upper" {
			t.Errorf("answer %v", r)
		}
		if len(r.Errors) != 2 || r.Errors[0].Index != 1 || r.Errors[0].Path != "/a/0" || r.Errors[1].Index != 2 ||
			!strings.Contains(r.Errors[1].Detail, "Marshal panicked: marshal") {
			t.Errorf("errors %v", r.Errors)
		}
	}
	// The last message has no result: its header says nothing about the others.
	failing := text("a", "bad")
	failing[1].Header = &sdk.Header{ContentType: sdk.CanonicalType}
	if err := stream.Send(&pluginv1.MarshalRequest{Name: "up", Sequence: 3, Batch: wire.ToBatch(1, 1, 1, failing)}); err != nil {
		t.Fatal(err)
	}
	if r, err := stream.Recv(); err != nil || r.ContentType != "text/x-upper" {
		t.Errorf("answer %v, %v", r, err)
	}
	back, err := h.Client.Unmarshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	batch := wire.ToBatch(1, 1, 1, text("A", "B"))
	if err := back.Send(&pluginv1.UnmarshalRequest{Name: "up", Sequence: 9, Batch: batch}); err != nil {
		t.Fatal(err)
	}
	r, err := back.Recv()
	if err != nil || r.Sequence != 9 || string(r.Batch.Payloads[1]) != "b" {
		t.Errorf("answer %v, %v", r, err)
	}
}
