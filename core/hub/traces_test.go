package hub_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// traces is a collector that keeps what it is sent.
type traces struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlp.Span
}

func newTraces(t *testing.T) *traces {
	t.Helper()
	c := &traces{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var export collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &export)
		}
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range export.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// names are those of the spans of one trace, sorted.
func (c *traces) names(id string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, s := range c.spans {
		if fmt.Sprintf("%x", s.TraceId) == id {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}

const (
	broughtTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	brought      = "00-" + broughtTrace + "-00f067aa0ba902b7-01"
)

func TestATraceGoesThroughTheHub(t *testing.T) {
	c := newTraces(t)
	record := filepath.Join(t.TempDir(), "record")
	r := start(t, fmt.Sprintf(`
global: {trace-endpoint: "%s", trace-sample: 0}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, count: 1, attributes: {traceparent: %s, tracestate: vendor=1}}
    - {name: sink, id: endpoint-mock, record: %s}
    - {name: full, id: endpoint-mock, fail: {class: too-large}}
routes:
  load: [sink, full]
`, c.URL, brought, record))
	eventually(t, "the message is settled", func() bool {
		return r.outlet("load", "sink").Account.Delivered == 1 && r.outlet("load", "full").Account.Dropped["too-large"] == 1
	})
	r.stop() // sends the spans
	want := []string{"deliver load to full", "deliver load to sink", "queue", "queue", "receive load", "send", "send"}
	if got := c.names(broughtTrace); !slices.Equal(got, want) {
		t.Errorf("the spans are %q, want %q", got, want)
	}
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	var message struct{ Attributes map[string]string }
	if err := json.Unmarshal(text, &message); err != nil {
		t.Fatal(err)
	}
	parent := message.Attributes["traceparent"]
	if !strings.HasPrefix(parent, "00-"+broughtTrace+"-") || parent == brought || message.Attributes["tracestate"] != "vendor=1" {
		t.Errorf("the message goes on with %v", message.Attributes)
	}
}

func TestAStrangerCannotHaveItsMessagesTraced(t *testing.T) {
	c := newTraces(t)
	r := start(t, fmt.Sprintf(`
global: {trace-endpoint: "%s", trace-sample: 0}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, count: 5, trust: [to], attributes: {traceparent: %s, tracestate: vendor=1}}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`, c.URL, brought))
	eventually(t, "the messages are settled", func() bool { return r.outlet("load", "sink").Account.Delivered == 5 })
	if n := r.endpoint("load").Rejected["untrusted-attribute"]; n == 0 {
		t.Errorf("nothing is counted as untrusted: %v", r.endpoint("load").Rejected)
	}
	r.stop()
	if names := c.names(broughtTrace); len(names) > 0 {
		t.Errorf("the spans are %q", names)
	}
}

// A trace that stands in an envelope goes on at the hub like one that an attribute brings, and the envelope that leaves
// names the hub's span; where the source is not trusted with it, it is dropped and counted.
func TestATraceInAnEnvelopeGoesThroughTheHub(t *testing.T) {
	for name, trust := range map[string]string{"trusted": "[traceparent]", "not trusted": "[to]"} {
		t.Run(name, func(t *testing.T) {
			client, url := redisServer(t)
			c := newTraces(t)
			r := start(t, fmt.Sprintf(`
global: {trace-endpoint: "%s", trace-sample: 0}
plugins:
  marshalling:
    - {name: events, id: marshal-json, envelope: cloudevents, expose: [traceparent, tracestate]}
  endpoints:
    - {name: asked, id: endpoint-redis, url: "%s", channel: asked, marshalling: events, trust: %s}
    - {name: told, id: endpoint-redis, url: "%[2]s", channel: told, marshalling: events}
routes:
  asked: [told]
`, c.URL, url, trust))
			subscribed(t, client, "asked")
			told := subscribe(t, client, "told")
			publish(t, client, "asked", `{"specversion":"1.0","id":"1","source":"/shop","type":"t","traceparent":"`+brought+
				`","tracestate":"vendor=1","data":1}`)
			var event struct{ Traceparent, Tracestate string }
			if err := json.Unmarshal([]byte(receive(t, told).Payload), &event); err != nil {
				t.Fatal(err)
			}
			refused := r.endpoint("asked").Rejected["untrusted-attribute"]
			for _, m := range r.Status(t.Context()).Marshallings {
				refused += m.Rejected["untrusted-attribute"]
			}
			eventually(t, "it is settled", func() bool { return r.outlet("asked", "told").Account.Delivered == 1 })
			r.stop() // sends the spans
			spans := c.names(broughtTrace)
			if name == "not trusted" {
				if len(spans) > 0 || event.Traceparent != "" || event.Tracestate != "" || refused != 2 {
					t.Errorf("spans %q, event %+v, %d refused", spans, event, refused)
				}
				return
			}
			if want := []string{"deliver asked to told", "queue", "receive asked", "send"}; !slices.Equal(spans, want) {
				t.Errorf("the spans are %q, want %q", spans, want)
			}
			if !strings.HasPrefix(event.Traceparent, "00-"+broughtTrace+"-") || event.Traceparent == brought || event.Tracestate != "vendor=1" {
				t.Errorf("the event goes on with %+v", event)
			}
		})
	}
}
