package hub_test

import (
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/hub"
)

func TestOneEndpointsRestartHoldsForTheProcessThatItShares(t *testing.T) {
	r := start(t, `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock}
    - {name: sink, id: endpoint-mock, restart: {limit: 1, window: 1h}}
routes:
  load: [sink]
`)
	pid := r.plugin("mock").PID
	kill(t, pid)
	r.back("mock", pid)
	kill(t, r.plugin("mock").PID)
	eventually(t, "the plugin is given up", func() bool { return r.plugin("mock").State == "failed" })
}

func TestTwoRestartsForOneProcessAreRefused(t *testing.T) {
	path := write(t, `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, restart: {limit: 1}}
    - {name: sink, id: endpoint-mock, restart: {limit: 2}}
    - {name: alone, id: endpoint-mock, restart: {limit: 3}, process: own}
    - {name: usual, id: endpoint-mock}
routes:
  load: [sink, alone, usual]
`)
	h, err := hub.New(load(t, path), hub.Options{Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := h.Check(t.Context())
	if err != nil || !problems.Failed() || len(problems) != 1 {
		t.Fatalf("problems %v, error %v", problems, err)
	}
	want := path + ":5:7: endpoint sink: restart differs from that of load, whose process it shares"
	if !strings.HasPrefix(problems.Error(), want) {
		t.Errorf("problem %s", problems.Error())
	}
}
