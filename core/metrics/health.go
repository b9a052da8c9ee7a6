package metrics

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// aliveTimeout is how long the hub may take to say in which state its parts are.
const aliveTimeout = 2 * time.Second

// health answers those who decide whether the hub is to be started again or given work.
type health struct {
	hub Hub

	mu sync.Mutex
	// asked is the question that is not answered yet, nil where there is none; it is closed by the answer.
	asked chan struct{}
}

// alive answers 200 while the hub's parts say in which state they are, whatever that state is, and 503 when they don't
// within two seconds: to start the hub again is all that is left then.
func (h *health) alive(w http.ResponseWriter, _ *http.Request) {
	select {
	case <-h.ask():
		fmt.Fprintln(w, "ok")
	case <-time.After(aliveTimeout):
		http.Error(w, "the hub does not answer", http.StatusServiceUnavailable)
	}
}

// ask begins a question, or joins the one that is not answered yet: a hub that hangs does not gather goroutines.
func (h *health) ask() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asked == nil {
		h.asked = make(chan struct{})
		go h.answer(h.asked)
	}
	return h.asked
}

func (h *health) answer(asked chan struct{}) {
	h.hub.Readiness()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = nil
	close(asked)
}

// ready answers with a Readiness: 200 where it is Ready, else 503.
func (h *health) ready(w http.ResponseWriter, _ *http.Request) {
	now := h.hub.Readiness()
	w.Header().Set("Content-Type", "application/json")
	if !now.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	// An error means that who asked has gone.
	_ = encoder.Encode(now)
}
