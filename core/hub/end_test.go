package hub_test

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core/hub"
)

// logged is a hub of a configuration and what it logs.
func logged(t *testing.T, text string) (*hub.Hub, *lockedBuffer, <-chan struct{}) {
	t.Helper()
	log, ready := &lockedBuffer{}, make(chan struct{})
	h, err := hub.New(load(t, write(t, text)), hub.Options{Ready: func() { close(ready) },
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	return h, log, ready
}

// soon is well under the shutdown-timeout of the configurations here, and enough for a busy machine.
const soon = 10 * time.Second

func TestLiveMessagesForWhatIsOutOfReachDoNotHoldTheEnd(t *testing.T) {
	h, log, ready := logged(t, fmt.Sprintf(`
global: {shutdown-timeout: 30s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: both, id: endpoint-redis, url: "redis://127.0.0.1:%d", channel: a}
routes:
  load: [both]
  both: [both]
`, freePort(t)))
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	<-ready
	eventually(t, "redis is degraded and messages wait for it", func() bool {
		s := h.Status(t.Context())
		return s.Endpoints[1].State == "degraded" && s.Routes[0].Outlets[0].Account.Queued > 0
	})
	began := time.Now()
	h.Stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > soon {
		t.Errorf("it took %v", took)
	}
	for _, want := range []string{
		`msg="outlet did not drain" route=load outlet=both queued=`, `cause="the endpoint is degraded: redis://127.0.0.1:`,
		`msg="messages were dropped" route=load outlet=both reason=shutdown`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("not logged: %s\n%s", want, log.String())
		}
	}
}

// A Redis that hangs answers neither what is published nor UNSUBSCRIBE.
func TestASourceThatIsOutOfReachDoesNotHoldTheEnd(t *testing.T) {
	client, url := redisServer(t)
	h, _, ready := logged(t, fmt.Sprintf(`
global: {shutdown-timeout: 1m}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: both, id: endpoint-redis, url: "%s", channel: a}
routes:
  load: [both]
  both: [both]
`, url))
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	<-ready
	subscribed(t, client, "a")
	_, after, _ := strings.Cut(client.Info(t.Context(), "server").Val(), "process_id:")
	var pid int
	if _, err := fmt.Sscan(after, &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "redis is degraded", func() bool { return h.Status(t.Context()).Endpoints[1].State == "degraded" })
	began := time.Now()
	h.Stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > soon {
		t.Errorf("it took %v", took)
	}
}

// fault: B21
func TestAPortThatIsTakenEndsTheStartBeforeAnySourceIsOpened(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	h, log, _ := logged(t, fmt.Sprintf(`
global: {shutdown-timeout: 30s, server-port: %d}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: browsers, id: endpoint-websocket}
    - {name: sink, id: endpoint-mock}
routes:
  load: [browsers, sink]
  browsers: [sink]
`, taken.Addr().(*net.TCPAddr).Port))
	began := time.Now()
	if err := h.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Fatalf("the hub ended: %v", err)
	}
	if took := time.Since(began); took > soon {
		t.Errorf("it took %v", took)
	}
	for _, never := range []string{"did not drain", `msg="endpoint is starting" plugin=mock endpoint=load`} {
		if strings.Contains(log.String(), never) {
			t.Errorf("logged: %s\n%s", never, log.String())
		}
	}
}

func TestAPluginThatHangsHoldsNeitherStatusNorTheEnd(t *testing.T) {
	h, _, ready := logged(t, `
global: {shutdown-timeout: 1s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms}
    - {name: hung, id: endpoint-mock, process: own}
    - {name: sink, id: endpoint-mock}
routes:
  load: [hung, sink]
`)
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	<-ready
	for _, p := range h.Status(t.Context()).Plugins {
		if p.Name == "mock/hung" {
			if err := syscall.Kill(p.PID, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := h.Status(t.Context())
	// Asking the hung one took two seconds; what is told of the others must be of one moment all the same.
	if received, in := s.Endpoints[0].Received, s.Routes[0].Outlets[1].Account.In; in > received+500 {
		t.Errorf("load had received %d messages when its outlet had %d", received, in)
	}
	began := time.Now()
	h.Stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("with a shutdown-timeout of 1s it took %v", took)
	}
}

func TestASecretIsInNoErrorAndNoClaim(t *testing.T) {
	const secret, address = "correct-horse-battery", "203.0.113.77" // an address of documentation, no machine's (RFC 5737)
	t.Setenv("HUB_SECRET", secret)
	t.Setenv("HUB_BIND", address)
	h, log, ready := logged(t, fmt.Sprintf(`
global: {server-port: %d}
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, path: "/${env:HUB_SECRET}"}
    - {name: sink, id: endpoint-mock}
routes:
  browsers: [sink]
`, freePort(t)))
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	<-ready
	if claims := fmt.Sprint(h.Status(t.Context()).Endpoints[0].Claims); strings.Contains(claims, secret) || claims == "[]" {
		t.Errorf("claims %s", claims)
	}
	h.Stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log holds the secret:\n%s", log.String())
	}

	h, _, _ = logged(t, `
plugins:
  endpoints:
    - {name: browsers, id: endpoint-websocket, bind: "${env:HUB_BIND}"}
    - {name: sink, id: endpoint-mock}
routes:
  browsers: [sink]
`)
	if err := h.Run(t.Context()); err == nil || strings.Contains(err.Error(), address) {
		t.Errorf("the error holds the secret: %v", err)
	}

	h, _, _ = logged(t, `
plugins:
  endpoints:
    - {name: one, id: endpoint-websocket, path: "/${env:HUB_SECRET}"}
    - {name: two, id: endpoint-websocket, path: "/${env:HUB_SECRET}"}
routes:
  one: [two]
`)
	if problems, err := h.Check(t.Context()); err != nil || !problems.Failed() || strings.Contains(problems.Error(), secret) {
		t.Errorf("the problems hold the secret: %v, %v", problems, err)
	}
}

func TestTwoPluginsOfOneNameAreRefused(t *testing.T) {
	text := `
global: {plugin-dirs: [one, two]}
plugins:
  endpoints:
    - {name: a, id: endpoint-nobodys}
    - {name: b, id: endpoint-mock}
routes:
  a: [b]
`
	for file, want := range map[string]string{
		"two/araldo-plugin-redis": "two plugins are named redis: built-in plugin redis and ",
		"two/araldo-plugin-mine":  "two plugins are named mine: ",
	} {
		path := write(t, text)
		for _, program := range []string{"one/araldo-plugin-mine", file} {
			program = filepath.Join(filepath.Dir(path), program)
			if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Join(filepath.Dir(path), "two"), 0o700); err != nil {
			t.Fatal(err)
		}
		h, err := hub.New(load(t, path), hub.Options{Log: testLog(t)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Check(t.Context()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
