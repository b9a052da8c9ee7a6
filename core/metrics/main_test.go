package metrics

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/araldo-relay/araldo/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a hub that says what it is told to.
type fake struct {
	measurement Measurement
	readiness   func() Readiness
}

func (f *fake) Measure(context.Context) Measurement { return f.measurement }

func (f *fake) Readiness() Readiness { return f.readiness() }

// whole is a hub in which every family has a value.
func whole() *fake {
	outlet := Outlet{Route: "orders", Name: "archive", To: "archive", Mode: "acked", Overflow: "block", LimitMessages: 1024}
	outlet.In, outlet.Delivered, outlet.Queued, outlet.Paused = 5, 3, 2, "the endpoint is disabled"
	outlet.Requests = &Requests{Asked: 3, Answered: 2, TimedOut: 1}
	outlet.Latency.Add(3*time.Millisecond, 2)
	outlet.Latency.Add(time.Hour, 1)
	rejected := map[string]uint64{"attribute": 1}
	return &fake{
		measurement: Measurement{
			Version: "v1", Outlets: []Outlet{outlet},
			Endpoints: []Endpoint{{Name: "orders", ID: "endpoint-redis", Plugin: "redis", State: core.StateReady,
				Rejected: rejected, Figures: []core.Figure{
					{Name: "connections", Value: 7}, {Name: "waiting", Value: 3}, {Name: "refused", Value: 2, Counter: true},
				}}},
			Marshallings: []Marshalling{{Name: "json", ID: "marshal-json", Plugin: "marshal", Rejected: rejected}},
			Plugins:      []Plugin{{Name: "redis", PID: 1}},
		},
		readiness: func() Readiness { return Readiness{Ready: true} },
	}
}

func handlerOf(t *testing.T, hub Hub) http.Handler {
	t.Helper()
	h, err := newHandler(hub, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, path string, header ...string) (code int, body string) {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, request)
	text, _ := io.ReadAll(answer.Body)
	return answer.Code, string(text)
}
