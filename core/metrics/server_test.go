package metrics

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
)

// fault: B21
func TestTheServerListensAnswersAndEnds(t *testing.T) {
	s, err := Serve("127.0.0.1:0", whole(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(s.Address(), whole(), slog.New(slog.DiscardHandler)); err == nil ||
		!strings.Contains(err.Error(), fmt.Sprintf("metrics-port: listen on %s: address already in use (process %d has it)", s.Address(), os.Getpid())) {
		t.Errorf("a second one at the same address: %v", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range 2 {
		answer, err := client.Get("http://" + s.Address() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != 200 || !strings.Contains(string(text), "araldo_build_info{") ||
			!strings.Contains(string(text), "process_cpu_seconds_total") || !strings.Contains(string(text), "go_goroutines") {
			t.Errorf("answered %d %v: %.200s", answer.StatusCode, err, text)
		}
	}
	request, err := http.NewRequest(http.MethodGet, "http://"+s.Address()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Long", strings.Repeat("a", 4*mostHeaderBytes))
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of %d bytes: answered %d", 4*mostHeaderBytes, answer.StatusCode)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := client.Get("http://" + s.Address() + "/metrics"); err == nil {
		t.Error("it answers after Close")
	}
}
