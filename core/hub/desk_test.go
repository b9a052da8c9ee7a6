package hub_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// asker asks the hub what its messages say, and once more when it is drained, and writes the answers to a file.
type asker struct {
	sdk.Instance
	config askerConfig
}

type askerConfig struct {
	Answers string `key:"answers" required:"true"`
	AtEnd   string `key:"at-end"`
}

var askerPlugin = sdk.Plugin{Name: "asker", Version: "1.0.0", Types: []sdk.Type{sdk.Endpoint("endpoint-asker", "asks",
	sdk.Capabilities{Outbound: &sdk.Outbound{Confirm: sdk.ConfirmAccepted}},
	func(ctx context.Context, in sdk.Instance, config askerConfig) (sdk.Closer, error) {
		a := &asker{in, config}
		if _, err := in.Ask.Lookup(ctx, "a"); err != nil {
			return a, a.write("opening: " + err.Error())
		}
		return a, nil
	},
)}}

func (a *asker) Close(context.Context, sdk.CloseReason) error { return nil }

func (a *asker) Drain(ctx context.Context, direction sdk.Direction) error {
	if direction != sdk.DirectionOutbound || a.config.AtEnd == "" {
		return nil
	}
	return a.write("draining: " + a.answer(ctx, "lookup "+a.config.AtEnd))
}

func (a *asker) Send(ctx context.Context, messages []sdk.Message) error {
	for _, m := range messages {
		if err := a.write(a.answer(ctx, string(m.Payload))); err != nil {
			return err
		}
	}
	return nil
}

func (a *asker) answer(ctx context.Context, question string) string {
	what, rest, _ := strings.Cut(question, " ")
	about, payload, _ := strings.Cut(rest, " ")
	switch what {
	case "lookup":
		found, err := a.Ask.Lookup(ctx, about)
		if err != nil {
			return fmt.Sprintf("unknown %t, stopping %t: %v", errors.Is(err, sdk.ErrUnknown), errors.Is(err, sdk.ErrStopping), err)
		}
		return fmt.Sprintf("%s is %v, started %t, inbound %t, outbound %t", about, found.State, found.Started, found.Inbound, found.Outbound)
	case "marshal":
		value, _ := hex.DecodeString(payload)
		out, faults, err := a.Ask.Marshal(ctx, about, []sdk.Message{
			{Payload: value, Header: &sdk.Header{ContentType: sdk.CanonicalType}},
			{Payload: []byte{0xff}, Header: &sdk.Header{ContentType: sdk.CanonicalType}}})
		return converted(out, faults, err)
	case "unmarshal":
		out, faults, err := a.Ask.Unmarshal(ctx, about, []sdk.Message{{Payload: []byte(payload)}, {Payload: []byte("{")}})
		return converted(out, faults, err)
	}
	return "no such question"
}

func converted(out []sdk.Message, faults []sdk.Fault, err error) string {
	if err != nil {
		return fmt.Sprintf("unknown %t: %v", errors.Is(err, sdk.ErrUnknown), err)
	}
	return fmt.Sprintf("%d messages, first %s %q, fault of %d: %s", len(out), out[0].Header.ContentType, out[0].Payload,
		faults[0].Index, faults[0].Detail)
}

func (a *asker) write(line string) error {
	file, err := os.OpenFile(a.config.Answers, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, line)
	return errors.Join(err, file.Close())
}

// asking is a hub whose endpoint `questions` is the way to ask.
type asking struct {
	*relay
	answers string
}

func startAsking(t *testing.T) *asking {
	t.Helper()
	programs := installed(t, "asker")
	a := &asking{answers: filepath.Join(t.TempDir(), "answers")}
	a.relay = start(t, fmt.Sprintf(`
global: {plugin-dirs: [%q]}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
  endpoints:
    - {name: questions, id: endpoint-mock}
    - {name: asker, id: endpoint-asker, answers: %q, at-end: reserve}
    - {name: reserve, id: endpoint-mock, enabled: false}
    - {name: page, id: endpoint-mock, marshalling: json}
routes:
  questions: [asker, reserve]
  page: [reserve]
`, programs.dir, a.answers))
	return a
}

// ask has a question asked and checks the newest answer.
func (a *asking) ask(question, want string) {
	a.t.Helper()
	before := len(a.lines())
	if _, err := a.Send(a.t.Context(), "questions", control.Message{Payload: []byte(question)}); err != nil {
		a.t.Fatal(err)
	}
	eventually(a.t, "the answer to "+question, func() bool { return len(a.lines()) > before })
	if got := a.lines()[before]; !strings.Contains(got, want) {
		a.t.Errorf("%s: %s; want %s", question, got, want)
	}
}

func (a *asking) lines() []string {
	text, err := os.ReadFile(a.answers)
	if err != nil && !os.IsNotExist(err) {
		a.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// parity: A12
func TestPluginAsksTheHubAboutOthers(t *testing.T) {
	a := startAsking(t)
	a.ask("lookup page", "page is ready, started false, inbound true, outbound false")
	a.ask("lookup asker", "asker is ready, started false, inbound false, outbound true")
	a.ask("marshal json a1616e1a3b9aca00", `2 messages, first application/json "{\"n\":1000000000}", fault of 1: marshalling json: `)
	a.ask(`unmarshal json {"n":1}`, `2 messages, first application/cbor "\xa1an\x01", fault of 1: marshalling json: `)
	a.ask("marshal xml a0", `unknown true: Marshal by xml: unknown: no endpoint has a marshalling "xml"`)
	pid := a.plugin("marshal").PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	a.ask("marshal json a0", `2 messages, first application/json "{}"`)
	a.back("marshal", pid)
}

// parity: Z14
func TestLookupStartsWhatIsAvailableAndSaysWhyNot(t *testing.T) {
	a := startAsking(t)
	if first := a.lines()[0]; !strings.Contains(first, "opening: look up endpoint a: refused: Ask.Lookup was called while the endpoint is being opened") {
		t.Errorf("a look-up by the function that opens: %s", first)
	}
	a.ask("lookup nobody", `unknown true, stopping false: look up endpoint nobody: unknown: there is no endpoint "nobody"`)
	a.ask("lookup reserve", "reserve is ready, started true, inbound false, outbound true")
	if e := a.endpoint("reserve"); e.State != core.StateReady.String() {
		t.Errorf("the endpoint is %s", e.State)
	}
	a.ask("lookup reserve", "reserve is ready, started false")
	eventually(t, "what was started takes messages", func() bool { return a.outlet("questions", "reserve").Account.Delivered > 0 })
	if err := a.SetEnabled(t.Context(), "reserve", false); err != nil {
		t.Fatal(err)
	}
	a.ask("lookup reserve", "reserve is ready, started true")
	a.stop()
	if last := a.lines()[len(a.lines())-1]; !strings.HasPrefix(last, "draining: unknown false, stopping true: ") {
		t.Errorf("a look-up while the hub ends: %s", last)
	}
}
