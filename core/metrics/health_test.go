package metrics

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"testing/synctest"
)

func TestReadyzTellsWhatIsMissing(t *testing.T) {
	hub := whole()
	for _, ready := range []bool{true, false} {
		want := Readiness{Ready: ready, Endpoints: []Needs{{Name: "orders", State: "degraded", Cause: "no route", Needed: true}},
			Marshallings: []Needs{}}
		hub.readiness = func() Readiness { return want }
		code, text := get(handlerOf(t, hub), "/readyz")
		wanted := http.StatusOK
		if !ready {
			wanted = http.StatusServiceUnavailable
		}
		var got Readiness
		if err := json.Unmarshal([]byte(text), &got); err != nil || code != wanted || got.Ready != ready ||
			len(got.Endpoints) != 1 || got.Endpoints[0] != want.Endpoints[0] {
			t.Errorf("answered %d: %s", code, text)
		}
	}
}

func TestHealthzTellsAHubThatHangsFromOneThatIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := whole()
		hub.readiness = func() Readiness { return Readiness{} }
		handler := handlerOf(t, hub)
		if code, text := get(handler, "/healthz"); code != http.StatusOK || text != "ok\n" {
			t.Errorf("one that is not ready: answered %d %q", code, text)
		}
		hang := make(chan struct{})
		hub.readiness = func() Readiness { <-hang; return Readiness{} }
		before := runtime.NumGoroutine()
		for range 5 {
			if code, _ := get(handler, "/healthz"); code != http.StatusServiceUnavailable {
				t.Errorf("one that hangs: answered %d", code)
			}
		}
		if more := runtime.NumGoroutine() - before; more > 1 {
			t.Errorf("%d goroutines hang with it", more)
		}
		close(hang)
		synctest.Wait()
		if code, _ := get(handler, "/healthz"); code != http.StatusOK {
			t.Errorf("when it answers again: answered %d", code)
		}
	})
}

func TestOnlyGetIsAnsweredAndOnlyOnTheThreePaths(t *testing.T) {
	handler := handlerOf(t, whole())
	for path, want := range map[string]int{"/": 404, "/debug/pprof/": 404, "/metrics/x": 404} {
		if code, _ := get(handler, path); code != want {
			t.Errorf("GET %s: answered %d, want %d", path, code, want)
		}
	}
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, path, nil))
		if answer.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: answered %d", path, answer.Code)
		}
	}
}
