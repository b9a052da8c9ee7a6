package control

import (
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

func TestStatusArrivesWhole(t *testing.T) {
	at := time.Date(2024, 5, 6, 7, 8, 9, 10, time.UTC)
	sent := Status{
		Version: "1.2", PID: 7, Since: at, UptimeSeconds: 1.5, Config: "/c", DataDir: "/d",
		Plugins: []Plugin{{Name: "redis", State: "ready", Since: at, LastError: "x", IDs: []Type{{"endpoint-redis", "endpoint", "s"}}, Log: []string{"l"}}},
		Endpoints: []Endpoint{{
			Name: "a", Since: at, Rejected: map[string]uint64{"reserved": 2}, Received: 1 << 63,
			Claims:   []string{"listen:127.0.0.1:1/a"},
			Settings: map[string]any{"url": "***"}, Figures: []Figure{{"f", -1, true}},
			Connections: []Connection{{"a-1.1", "127.0.0.1:1", at, 3, 4}},
		}},
		Routes: []Route{{Inbound: "a", Outlets: []Outlet{{Name: "b", Account: Account{In: 5, Dropped: map[string]uint64{"overflow": 5}}}}}},
		Marshallings: []Marshalling{{Name: "json", ID: "marshal-json", Since: at, Envelope: true, Decoded: 1, Encoded: 2, Failed: 3,
			Rejected: map[string]uint64{"attribute": 4}}},
	}
	_, client := start(t, t.TempDir(), &fakeHub{status: sent})
	got, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, sent) {
		t.Errorf("got  %+v\nsent %+v", got, sent)
	}
}

// The names are a promise to scripts: a name that is not kebab-case is a slip.
func TestNamesInStatusAreKebabCase(t *testing.T) {
	seen := 0
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		switch {
		case typ.Kind() == reflect.Slice:
			visit(typ.Elem())
		case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]():
			for i := range typ.NumField() {
				name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, "_ ") {
					t.Errorf("%v.%s is %q in JSON", typ, typ.Field(i).Name, name)
				}
				seen++
				visit(typ.Field(i).Type)
			}
		}
	}
	visit(reflect.TypeFor[Status]())
	if seen < 50 {
		t.Errorf("only %d fields seen", seen)
	}
}

func TestAnOutletTakesItsSnapshot(t *testing.T) {
	s := core.Snapshot{Account: core.Account{In: 9, Delivered: 4, Filtered: 1, DeadLettered: 1, Queued: 1, InFlight: 1,
		Retried: 7, Returned: 8}, OldestAge: 1500 * time.Millisecond, LastFailure: "f", Paused: "p"}
	s.Dropped[core.ReasonPluginLost] = 1
	var o Outlet
	o.Take(&s)
	want := Outlet{OldestAgeSeconds: 1.5, LastFailure: "f", Paused: "p", Account: Account{In: 9, Delivered: 4, Filtered: 1,
		DeadLettered: 1, Queued: 1, InFlight: 1, Retried: 7, Returned: 8, Dropped: map[string]uint64{"plugin-lost": 1}}}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("got %+v", o)
	}
}

func TestAnEndpointTakesItsInspection(t *testing.T) {
	var e Endpoint
	e.Take(&core.Inspection{
		Figures:     []core.Figure{{Name: "clients", Value: 1}},
		Connections: []core.Connection{{ID: "a-1.1", Peer: "::1", Since: 1e9, Queued: 2, Lost: 3}},
	})
	want := Endpoint{Figures: []Figure{{"clients", 1, false}}, Connections: []Connection{{"a-1.1", "::1", time.Unix(1, 0).UTC(), 2, 3}}}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("got %+v", e)
	}
}

func TestNothingInStatusIsNull(t *testing.T) {
	_, client := start(t, t.TempDir(), &fakeHub{status: Status{
		Plugins: make([]Plugin, 1), Endpoints: make([]Endpoint, 1), Routes: []Route{{}, {Outlets: make([]Outlet, 1)}},
		Marshallings: make([]Marshalling, 1),
	}})
	body, err := client.do(t.Context(), "GET", "/v1/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil || strings.Contains(string(text), "null") {
		t.Errorf("%s, %v", text, err)
	}
}
