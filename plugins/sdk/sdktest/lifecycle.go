package sdktest

import (
	"bytes"
	"os"
	"syscall"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
)

// checkSchema: the id's schema is one, takes the working configuration and refuses unknown keys.
func (s *suite) checkSchema(t T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.typ.Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatalf("not a JSON Schema: %v", err)
	}
	config, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(s.New(inTest(t)).Config)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(config); err != nil {
		t.Errorf("the schema refuses a configuration that works: %v", err)
	}
	if schema.Validate(map[string]any{"no-such-key": true}) == nil {
		t.Error("the schema takes an unknown key")
	}
}

// checkConfig: wrong configurations are found where they are wrong, and not opened.
func (s *suite) checkConfig(t T) {
	o := s.New(inTest(t))
	good := s.instance(o)
	if a := s.hub.Validate(t, good); len(a.Diagnostics) > 0 {
		t.Errorf("findings in a configuration that works: %+v", a.Diagnostics)
	}
	bad := map[string]string{`{"no-such-key": 1}`: "/no-such-key", `[]`: ""}
	for config, path := range s.BadConfigs {
		bad[config] = path
	}
	for config, path := range bad {
		i := good
		i.Config = config
		if a := s.hub.Validate(t, i); !finds(a.Diagnostics, path) {
			t.Errorf("%s: no error at %q in %+v", config, path, a.Diagnostics)
		}
	}
	i := good
	i.Config = `{"no-such-key": 1}`
	if code := status.Code(s.hub.Open(t, i)); code != codes.InvalidArgument {
		t.Errorf("opening a wrong configuration: %v", code)
	}
	i.ID = "no-such-id"
	if code := status.Code(s.hub.Open(t, i)); code != codes.NotFound {
		t.Errorf("opening an unknown id: %v", code)
	}
}

func finds(list []core.Diagnostic, path string) bool {
	for _, d := range list {
		if d.Severity == core.SeverityError && d.Path == path && d.Summary != "" {
			return true
		}
	}
	return false
}

// checkLife: opening, switching, draining and closing, in order and out of it.
func (s *suite) checkLife(t T) {
	o := s.New(inTest(t))
	i := s.instance(o)
	if err := s.hub.Open(t, i); err != nil {
		t.Fatalf("open: %v", err)
	}
	if code := status.Code(s.hub.Open(t, i)); code != codes.AlreadyExists {
		t.Errorf("opening what is open: %v", code)
	}
	s.hub.Inspect(t, i.Name)
	for _, enabled := range []bool{false, false, true, true} {
		if err := s.hub.SetEnabled(i.Name, enabled); err != nil {
			t.Errorf("switch to %t: %v", enabled, err)
		}
	}
	for _, d := range []core.Direction{core.DirectionInbound, core.DirectionOutbound} {
		if err := s.hub.Drain(i.Name, d); err != nil {
			t.Errorf("drain: %v", err)
		}
	}
	for range 2 {
		if err := s.hub.Close(i.Name); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if code := status.Code(s.hub.SetEnabled(i.Name, true)); code != codes.NotFound {
		t.Errorf("switching what is closed: %v", code)
	}
	i.Incarnation, i.Disabled = 2, true
	if err := s.hub.Open(t, i); err != nil {
		t.Fatalf("open again, switched off: %v", err)
	}
	if err := s.hub.SetEnabled(i.Name, true); err != nil {
		t.Errorf("switch on: %v", err)
	}
	if err := s.hub.Close(i.Name); err != nil {
		t.Errorf("close again: %v", err)
	}
}

// checkStream: streams need an instance, and a second one replaces the first.
func (s *suite) checkStream(t T) {
	none := s.hub.Attach(t, "nobody")
	none.Wait(t, "the refusal", func(seen *Seen) bool { return status.Code(seen.Err) == codes.NotFound })
	name, _ := s.open(t)
	first := s.hub.Attach(t, name)
	first.OpenLane(t, 1, 1, core.LaneOptions{})
	second := s.hub.Attach(t, name)
	second.OpenLane(t, 1, 2, core.LaneOptions{})
	first.Wait(t, "the end of the replaced stream", func(seen *Seen) bool { return status.Code(seen.Err) == codes.Aborted })
	second.Cancel()
	third := s.hub.Attach(t, name)
	third.OpenLane(t, 1, 3, core.LaneOptions{})
	if err := s.hub.Close(name); err != nil {
		t.Errorf("close under a stream: %v", err)
	}
	third.Wait(t, "the stream's end with its instance", func(seen *Seen) bool { return seen.Err != nil })
}

// checkSignals: the plugin does not obey the terminal, because the hub drains it.
func checkSignals(t T, p *Process) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		if err := p.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	// A signal is not acted on at once: a plugin that obeys is gone after some of these calls.
	for range 100 {
		p.Info(t)
	}
}

// checkEnd: the plugin ends when its standard input does.
func checkEnd(t T, p *Process) {
	if !p.EndsAfterInput() {
		t.Errorf("the process still ran %s after its hub was gone", endLimit)
	}
}
