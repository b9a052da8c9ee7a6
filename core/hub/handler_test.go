package hub_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/host"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// servant is a plugin that answers messages by their type.
var servant = sdk.Plugin{Name: "servant", Version: "1.0.0", Types: []sdk.Type{
	sdk.Endpoint("endpoint-servant", "answers", sdk.HandlerCapabilities(),
		func(context.Context, sdk.Instance, struct{}) (sdk.Closer, error) {
			return sdk.Tasks(sdk.TypeMember("type"), map[string]sdk.Handle{
				"echo": func(_ context.Context, m sdk.Message) (sdk.Message, error) {
					return sdk.Message{Payload: m.Payload}, nil
				},
				"panic": func(context.Context, sdk.Message) (sdk.Message, error) {
					panic("nobody taught it that")
				},
				"wait": func(ctx context.Context, _ sdk.Message) (sdk.Message, error) {
					<-ctx.Done()
					return sdk.Message{}, ctx.Err()
				},
			}), nil
		}).Accepting("echo", "panic", "wait"),
}}

// Two ask, each reads its own answers and no other's; what the servant can't do is answered, and what it dies of is one
// message's end.
//
// parity: W6 Z22 Z23
func TestAHandlerAnswersWhoAskedAndOutlivesWhatItCantDo(t *testing.T) {
	programs := installed(t, "servant")
	r := start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q], shutdown-timeout: 20s}
plugins:
  endpoints:
    - {name: left, id: endpoint-mock}
    - {name: right, id: endpoint-mock}
    - {name: servant, id: endpoint-servant}
routes:
  left: [{to: servant, reply-timeout: 30s}]
  right: [{to: servant, reply-timeout: 30s}]
  servant: [left, right]
`, programs.dir))
	declared, err := host.New(host.Options{RuntimeDir: runtimeDir(t), Log: testLog(t)}).
		Start(t.Context(), host.Spec{Name: "servant", Path: programs.path("servant")})
	if err != nil {
		t.Fatal(err)
	}
	defer declared.Stop(context.Background())
	if accepts := declared.Info().Types[0].Accepts; !slices.Equal(accepts, []string{"echo", "panic", "wait"}) {
		t.Errorf("it declares %v when it starts", accepts)
	}
	pid := r.plugin("servant").PID
	events := tapped(t, r, control.TapRequest{Endpoint: "left", Out: true})
	for _, payload := range []string{`{"type":"panic"}`, `{"type":"echo","n":1}`, `{"type":"dance"}`} {
		if _, err := r.Send(t.Context(), "left", control.Message{Payload: []byte(payload)}); err != nil {
			t.Fatal(err)
		}
	}
	answers := map[string]bool{}
	for len(answers) < 2 {
		e := next(t, events)
		if e.Route == "servant" && e.Verdict == "delivered" {
			answers[e.Payload] = true
		}
	}
	if !answers[`{"type":"echo","n":1}`] || !answers[`{"error":"unknown type","type":"dance"}`] {
		t.Errorf("answers %v", answers)
	}
	if n := r.outlet("servant", "right").Account.Delivered; n != 0 {
		t.Errorf("%d answers went to who did not ask", n)
	}
	if r.figure("servant", "panics") != 1 || r.figure("servant", "unknown-type") != 1 || r.plugin("servant").PID != pid {
		t.Errorf("figures %v, process %d, before %d", r.endpoint("servant").Figures, r.plugin("servant").PID, pid)
	}
	if _, err := r.Send(t.Context(), "right", control.Message{Payload: []byte(`{"type":"wait"}`)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the call runs", func() bool { return r.figure("servant", "running") == 1 })
	if err := r.SetEnabled(t.Context(), "servant", false); err != nil {
		t.Errorf("what runs was not told to end: %v", strings.TrimSpace(err.Error()))
	}
}

// runtimeDir is a folder whose path leaves room for sockets.
func runtimeDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hub")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
