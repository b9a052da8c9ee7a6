package trace_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/coretest"
	"github.com/araldo-relay/araldo/core/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// receiver is a collector that keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlp.Span
	paths []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var export collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &export)
		}
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.paths = append(r.paths, request.URL.Path)
		for _, resource := range export.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				r.spans = append(r.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// tracer starts a tracer and returns what ends it and tells the spans that the receiver got.
func (r *receiver) tracer(t *testing.T, sample float64) (*trace.Tracer, func() []*otlp.Span) {
	t.Helper()
	tracer, err := trace.Start(t.Context(), trace.Options{Endpoint: r.URL, Sample: sample, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return tracer, func() []*otlp.Span {
		if err := tracer.Close(context.Background()); err != nil {
			t.Error(err)
		}
		return r.spans
	}
}

func named(t *testing.T, spans []*otlp.Span, name string) *otlp.Span {
	t.Helper()
	i := slices.IndexFunc(spans, func(s *otlp.Span) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no span %q among %v", name, spans)
	}
	return spans[i]
}

func attributesOf(s *otlp.Span) string {
	var list []string
	for _, a := range s.Attributes {
		list = append(list, fmt.Sprintf("%s=%s%d", a.Key, a.Value.GetStringValue(), a.Value.GetIntValue()))
	}
	return strings.Join(list, " ")
}

func TestAMessageIsFollowedThroughAnOutlet(t *testing.T) {
	r := newReceiver(t)
	tracer, end := r.tracer(t, 1)
	batch := tracer.Inlet("orders", false).Receive(coretest.Batch("orders", 7, 1, 10))
	way := batch.Trace.At("orders", "archive")
	way.Sent(batch.Messages)
	way.Sent(batch.Messages)
	way.Settled(batch.Messages, core.VerdictDropped, core.ReasonTooLarge)
	way.Settled(batch.Messages, core.VerdictDelivered, 0) // a second time is of no account
	spans := end()
	if len(spans) != 5 || !slices.Equal(r.paths, []string{"/v1/traces"}) {
		t.Fatalf("%d spans at %v", len(spans), r.paths)
	}
	receive, deliver := named(t, spans, "receive orders"), named(t, spans, "deliver orders to archive")
	if len(receive.ParentSpanId) != 0 || string(deliver.ParentSpanId) != string(receive.SpanId) {
		t.Errorf("deliver is no child of receive")
	}
	for _, s := range spans {
		if (s.Name == "queue" || s.Name == "send") && string(s.ParentSpanId) != string(deliver.SpanId) {
			t.Errorf("%s is no child of deliver", s.Name)
		}
	}
	if text := attributesOf(deliver); !strings.Contains(text, "araldo.verdict=dropped") ||
		!strings.Contains(text, "araldo.reason=too-large") || deliver.Status.Code != otlp.Status_STATUS_CODE_ERROR {
		t.Errorf("deliver has %s, %v", text, deliver.Status)
	}
	want := fmt.Sprintf("00-%x-%x-01", receive.TraceId, receive.SpanId)
	if got := batch.Messages[0].Attribute(core.TraceParent); got != want {
		t.Errorf("the message goes on with %q, want %q", got, want)
	}
}

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID  = "00f067aa0ba902b7"
)

func carrying(parent, state string) core.Batch {
	batch := coretest.Batch("orders", 0, 1, 10)
	batch.Messages[0].Header = &core.Header{ContentType: "text/plain", Attributes: core.NewAttributes(
		core.Attribute{Name: core.TraceParent, Value: parent}, core.Attribute{Name: core.TraceState, Value: state},
		core.Attribute{Name: "other", Value: "kept"})}
	return batch
}

func TestATraceThatIsBroughtAlongGoesOn(t *testing.T) {
	r := newReceiver(t)
	tracer, end := r.tracer(t, 0)
	before := carrying("00-"+traceID+"-"+spanID+"-01", "vendor=1")
	batch := tracer.Inlet("orders", true).Receive(before)
	m := batch.Messages[0]
	if m.Attribute("other") != "kept" || m.Header.ContentType != "text/plain" || m.Attribute(core.TraceState) != "vendor=1" {
		t.Errorf("the message goes on with %+v", m.Header)
	}
	if before.Messages[0].Attribute(core.TraceParent) != "00-"+traceID+"-"+spanID+"-01" {
		t.Error("the message that came was changed")
	}
	receive := named(t, end(), "receive orders")
	if fmt.Sprintf("%x", receive.TraceId) != traceID || fmt.Sprintf("%x", receive.ParentSpanId) != spanID {
		t.Errorf("it goes on as %x under %x", receive.TraceId, receive.ParentSpanId)
	}
	if want := fmt.Sprintf("00-%s-%x-01", traceID, receive.SpanId); m.Attribute(core.TraceParent) != want {
		t.Errorf("the message goes on with %q, want %q", m.Attribute(core.TraceParent), want)
	}
}

func TestWhatIsNotRecordedIsLeftAlone(t *testing.T) {
	r := newReceiver(t)
	tracer, end := r.tracer(t, 0)
	for name, c := range map[string]struct {
		continues bool
		parent    string
	}{
		"its trace is not recorded":    {true, "00-" + traceID + "-" + spanID + "-00"},
		"its trace is malformed":       {true, "00-" + traceID + "-zz"},
		"the source may not bring one": {false, "00-" + traceID + "-" + spanID + "-01"},
	} {
		batch := carrying(c.parent, "")
		got := tracer.Inlet("orders", c.continues).Receive(batch)
		if followed(got) || &got.Messages[0] != &batch.Messages[0] {
			t.Errorf("%s: it is traced", name)
		}
	}
	if spans := end(); len(spans) > 0 {
		t.Errorf("%d spans", len(spans))
	}
}

// followed reports whether any message of a batch is traced.
func followed(batch core.Batch) bool {
	return batch.Trace != nil && batch.Trace.At("orders", "archive") != nil
}

// What decoding shows wins over what began at the receipt; only where that may be brought at all is it looked at.
func TestWhatAnEnvelopeBringsGoesOn(t *testing.T) {
	const elsewhere, unrecorded = "00-" + traceID + "-" + spanID + "-01", "00-" + traceID + "-" + spanID + "-00"
	for name, c := range map[string]struct {
		sample    float64
		continues bool
		inside    string
		// follows: the message is recorded; as says what it carries on.
		follows bool
		as      string
	}{
		"a trace":                      {0, true, elsewhere, true, "00-" + traceID},
		"a trace instead of a new one": {1, true, elsewhere, true, "00-" + traceID},
		"one that is not recorded":     {0, true, unrecorded, false, unrecorded},
		"that instead of a new one":    {1, true, unrecorded, false, unrecorded},
		"a malformed one":              {0, true, "00-zz", false, "00-zz"},
		"that beside a new one":        {1, true, "00-zz", true, "00-"},
		"none":                         {0, true, "", false, ""},
		"none beside a new one":        {1, true, "", true, "00-"},
		"one that may not be brought":  {0, false, elsewhere, false, elsewhere},
	} {
		r := newReceiver(t)
		tracer, end := r.tracer(t, c.sample)
		batch := tracer.Inlet("orders", c.continues).Receive(coretest.Batch("orders", 3, 2, 10))
		values := slices.Clone(batch.Messages)
		if c.inside != "" {
			values[0].Header = &core.Header{ContentType: core.CanonicalType,
				Attributes: core.NewAttributes(core.Attribute{Name: core.TraceParent, Value: c.inside})}
		}
		given := slices.Clone(values)
		if batch.Trace != nil {
			values, batch.Trace = batch.Trace.Decoded(values)
		}
		batch.Messages = values[:1]
		way := core.Passage(nil)
		if followed(batch) {
			way = batch.Trace.At("orders", "archive")
			way.Settled(values, core.VerdictDelivered, 0)
		}
		got := values[0].Attribute(core.TraceParent)
		if !strings.HasPrefix(got, c.as) || c.follows && (got == c.inside || len(got) != len(elsewhere)) {
			t.Errorf("%s: it goes on as %q", name, got)
		}
		recorded := slices.ContainsFunc(end(), func(s *otlp.Span) bool {
			return strings.HasPrefix(s.Name, "deliver") && strings.Contains(attributesOf(s), "messaging.message.id="+values[0].ID.String())
		})
		if recorded != c.follows {
			t.Errorf("%s: recorded: %v", name, recorded)
		}
		if given[1].Header != values[1].Header {
			t.Errorf("%s: another message was changed", name)
		}
	}
}

func TestTracesBeginWithTheGivenPartOfTheMessages(t *testing.T) {
	r := newReceiver(t)
	tracer, end := r.tracer(t, 0.01)
	inlet, picked := tracer.Inlet("orders", true), 0
	const all = 100_000
	for n := range all / 100 {
		batch := inlet.Receive(coretest.Batch("orders", uint64(n*100), 100, 1))
		for i := range batch.Messages {
			if batch.Messages[i].Attribute(core.TraceParent) != "" {
				picked++
			}
		}
	}
	end()
	// Five standard deviations of a binomial distribution.
	if picked < 843 || picked > 1157 {
		t.Errorf("%d of %d are traced, about 1000 are wanted", picked, all)
	}
}

func TestACollectorThatIsAwayCostsNothingButALine(t *testing.T) {
	r := newReceiver(t)
	r.Close()
	var log strings.Builder
	tracer, err := trace.Start(t.Context(), trace.Options{Endpoint: r.URL, Sample: 1,
		Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5000 {
		tracer.Inlet("orders", false).Receive(coretest.Batch("orders", uint64(n), 1, 1))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := tracer.Close(ctx); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "\n"); n > 1 {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}
