package hub_test

import (
	"testing"

	"github.com/araldo-relay/araldo/core/hub"
)

func TestPluginsThatAreBuiltInHaveTheProgramsVersion(t *testing.T) {
	ready := make(chan struct{})
	h, err := hub.New(load(t, write(t, `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock}
    - {name: sink, id: endpoint-redis, url: "embedded://", channel: a}
routes:
  load: [sink]
`)), hub.Options{Log: testLog(t), Version: "v1.2.3", Ready: func() { close(ready) }})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	<-ready
	for _, p := range h.Status(t.Context()).Plugins {
		if p.Version != "v1.2.3" {
			t.Errorf("plugin %s has the version %q", p.Name, p.Version)
		}
	}
	h.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
