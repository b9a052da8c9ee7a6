package hub_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/araldo-relay/araldo/core/hub"
)

// What is planted as a password, a token in a URL, a payload and an attribute is looked for in everything that the hub
// shows to people and programs. Each is made to fail, because failures are what quotes.
func TestNeitherSecretsNorPayloadsAreInLogStatusOrMetrics(t *testing.T) {
	const password, token, payload, attribute = "planted-password", "planted-token", "planted-payload", "planted-attribute"
	t.Setenv("PLANTED", password)
	cfg := load(t, write(t, fmt.Sprintf(`
global: {shutdown-timeout: 500ms, metrics-port: 0, log-level: debug}
plugins:
  marshalling:
    - {name: json, id: marshal-json}
    - {name: cbor, id: marshal-cbor}
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, payload: %[1]s, attributes: {note: %[2]s}, marshalling: json}
    - {name: news, id: endpoint-redis, url: "redis://user:${env:PLANTED}@127.0.0.1:%[3]d/0", channel: news, marshalling: cbor}
    - {name: far, id: endpoint-websocket-client, url: "ws://127.0.0.1:%[3]d/?access_token=%[4]s"}
    - {name: picky, id: endpoint-mock, fail: {class: permanent}}
routes:
  load: [news, far, picky]
`, payload, attribute, freePort(t), token)))
	var log lockedBuffer
	ready := make(chan struct{})
	h, err := hub.New(cfg, hub.Options{Ready: func() { close(ready) },
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, Hub: h, ended: make(chan error, 1)}
	go func() { r.ended <- h.Run(t.Context()) }()
	select {
	case <-ready:
	case err := <-r.ended:
		t.Fatalf("the hub ended: %v", err)
	}
	defer func() { checkNames(t, log.String()) }()
	defer func() { r.stop(); look(t, "log", log.String(), password, token, payload, attribute) }()
	eventually(t, "everything fails", func() bool {
		s := h.Status(t.Context())
		return s.Endpoints[1].State == "degraded" && s.Endpoints[2].State == "degraded" &&
			r.outlet("load", "picky").Account.Dropped["refused"] > 0 && r.outlet("load", "news").Account.Dropped["undecodable"] > 0
	})
	// The configured payload of a generator is a setting, which status shows; what passed as one is not.
	s := h.Status(t.Context())
	for i := range s.Endpoints {
		s.Endpoints[i].Settings = nil
	}
	status, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	_, scraped := r.get("/metrics")
	_, readyz := r.get("/readyz")
	for where, text := range map[string]string{"status": string(status), "metrics": scraped, "readyz": readyz} {
		look(t, where, text, password, token, payload, attribute)
	}
}

// checkNames looks for a line of each plugin's own, with its name and that of the endpoint that it is about.
func checkNames(t *testing.T, log string) {
	t.Helper()
	for _, names := range []string{"plugin=redis endpoint=news", "plugin=websocket endpoint=far"} {
		if !strings.Contains(log, names) {
			t.Errorf("the log has no line with %s:\n%s", names, log)
		}
	}
}

func look(t *testing.T, where, text string, planted ...string) {
	t.Helper()
	for _, secret := range planted {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s holds %s: ...%s...", where, secret, text[max(0, i-200):min(len(text), i+100)])
		}
	}
	if text == "" {
		t.Errorf("%s is empty", where)
	}
}
