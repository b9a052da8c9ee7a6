package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const rehearsed = `
global: {data-dir: d, metrics-port: 9090, trace-endpoint: "http://localhost:4318", max-message: 64KiB}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
  endpoints:
    - {name: in, id: endpoint-redis, stream: in, group: g, marshalling: json}
    - {name: out, id: endpoint-redis, stream: out, timeout: 3s, enabled: false}
    - {name: broken, id: endpoint-file, path: broken}
    - {name: other, id: endpoint-websocket, path: /ws}
routes:
  in:
    - {to: out, when: data.n > 1, queue: {messages: 7}, dead-letter: broken}
  other: [in]
`

func TestARehearsalHasOneRouteAndNobodyOutside(t *testing.T) {
	c, told := load(t, rehearsed)
	if told != "" {
		t.Fatal(told)
	}
	before := *c
	r, ps := c.Rehearsal("in", "/elsewhere", func(in *Instance) StandIn {
		return StandIn{ID: "endpoint-mock", Keys: map[string]any{"every": "0s", "payload": in.ID + " {n}"}}
	})
	if len(ps) > 0 || !reflect.DeepEqual(*c, before) {
		t.Fatalf("%v; the configuration itself has changed: %v", ps, !reflect.DeepEqual(*c, before))
	}
	if len(r.Routes) != 1 || !reflect.DeepEqual(r.Routes[0], c.Routes[0]) {
		t.Errorf("routes %+v", r.Routes)
	}
	g := r.Global
	if g.DataDir != "/elsewhere" || g.MetricsAddress() != "" || g.TraceEndpoint != "" || g.MaxMessage != 64<<10 {
		t.Errorf("global %+v", g)
	}
	var names []string
	for _, in := range r.Endpoints {
		names = append(names, in.Name)
		text, ps := in.JSON([]byte(`{"type": "object", "properties": {"every": {"type": "string"}, "payload": {"type": "string"}}, "additionalProperties": false}`))
		if len(ps) > 0 || in.ID != "endpoint-mock" || !strings.Contains(string(text), ` {n}"`) || !in.Enabled || !in.OwnProcess {
			t.Errorf("%s is %s: %s %v", in.Name, in.ID, text, ps)
		}
	}
	if strings.Join(names, " ") != "in out broken" {
		t.Errorf("endpoints %v", names)
	}
	if r.Endpoints[0].Marshalling != "json" || r.Endpoints[1].Timeout != 3*time.Second {
		t.Errorf("what bears on messages has changed: %+v", r.Endpoints)
	}
}
