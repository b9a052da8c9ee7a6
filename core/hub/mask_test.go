package hub_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/araldo-relay/araldo/core/hub"
)

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func TestASecretIsInNoLogAndNoStatus(t *testing.T) {
	const secret = "correct-horse-battery"
	t.Setenv("REDIS_SECRET", secret)
	cfg := load(t, write(t, fmt.Sprintf(`
global: {shutdown-timeout: 500ms}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, payload: "${env:REDIS_SECRET}", channel: "${env:REDIS_SECRET}",
       fail: {class: permanent}}
    - {name: news, id: endpoint-redis, url: "redis://user:${env:REDIS_SECRET}@127.0.0.1:%d/0", channel: news}
    - {name: sink, id: endpoint-mock, channel: "${env:REDIS_SECRET}", fail: {class: permanent}}
routes:
  load: [news, sink]
`, freePort(t))))
	var log lockedBuffer
	ready := make(chan struct{})
	h, err := hub.New(cfg, hub.Options{Ready: func() { close(ready) },
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	<-ready
	var status []byte
	eventually(t, "redis is degraded", func() bool {
		s := h.Status(t.Context())
		status, _ = json.Marshal(s)
		return s.Endpoints[1].State == "degraded" && s.Endpoints[1].Cause != ""
	})
	h.Stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log holds the secret:\n%s", log.String())
	}
	if bytes.Contains(status, []byte(secret)) {
		t.Errorf("status holds the secret:\n%s", status)
	}
	if !bytes.Contains(status, []byte("${env:REDIS_SECRET}")) {
		t.Errorf("status does not say where the value comes from:\n%s", status)
	}
}
