package hub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/control"
)

func TestHubKeysThatNeedARestartStayAsTheyAre(t *testing.T) {
	text := `
global: {log-level: info, max-message: 64KiB}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`
	r := start(t, text)
	for range 2 {
		got := r.reloaded(strings.Replace(text, "64KiB", "1KiB", 1))
		if len(got.Changes) != 1 || got.Changes[0].Class != "hub-restart" || !strings.Contains(got.Changes[0].Text, "max-message 64KiB -> 1KiB") {
			t.Errorf("changes %+v", got.Changes)
		}
	}
	if _, err := r.Send(t.Context(), "load", control.Message{Payload: make([]byte, 2<<10)}); err != nil {
		t.Errorf("max-message changed: %v", err)
	}
	if got := r.reloaded(text); len(got.Changes) != 0 {
		t.Errorf("changes %+v", got.Changes)
	}
}

func TestADryRunOnlyTells(t *testing.T) {
	text := `
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: sink, id: endpoint-mock}
routes:
  load: [sink]
`
	r := start(t, text)
	next := write(t, strings.Replace(text, "- {name: sink, id: endpoint-mock}",
		"- {name: sink, id: endpoint-mock, confirm-after: 1ms}\n    - {name: archive, id: endpoint-file, path: archive}", 1))
	got := r.adopt(load(t, next), true)
	if !got.OK || !got.DryRun {
		t.Fatalf("%+v", got)
	}
	var texts []string
	for _, c := range got.Changes {
		if c.Kind != "global" { // another file has another data-dir
			texts = append(texts, c.Text)
		}
	}
	if want := []string{"endpoint archive added (live)", "endpoint sink changed (endpoint-restart): confirm-after 0s -> 1ms"}; fmt.Sprint(texts) != fmt.Sprint(want) {
		t.Errorf("changes %q", texts)
	}
	if s := r.Status(t.Context()); len(s.Endpoints) != 2 || len(s.Plugins) != 1 || s.Reload.Generation != 1 || r.endpoint("sink").Restarts != 0 {
		t.Errorf("status %+v", s.Reload)
	}
}

func TestASecretOfTheNewConfigurationIsMaskedToo(t *testing.T) {
	config := func(password string) string {
		return fmt.Sprintf(`
plugins:
  endpoints:
    - {name: load, id: endpoint-mock}
    - {name: news, id: endpoint-redis, url: "redis://:%s@127.0.0.1:1", channel: news}
routes:
  load: [news]
`, password)
	}
	r := start(t, config("the-first-secret"))
	got := r.reloaded(config("the-second-secret"))
	for _, secret := range []string{"first-secret", "second-secret"} {
		if text := fmt.Sprintf("%+v %+v", got, r.Status(t.Context())); strings.Contains(text, secret) {
			t.Errorf("%s is told: %s", secret, text)
		}
	}
	if len(got.Changes) != 1 || got.Changes[0].Class != "endpoint-restart" {
		t.Errorf("changes %+v", got.Changes)
	}
}
