package control

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// lines is an answer of JSON objects, one per line, written as they come until the peer leaves or the server ends.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
	encoder *json.Encoder
	// begun: the answer is no refusal any more.
	begun bool
	ended func() bool
}

// lines begins no answer yet. The caller calls ended.
func (s *Server) lines(w http.ResponseWriter, r *http.Request) *lines {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	ended := context.AfterFunc(r.Context(), func() { _ = control.SetWriteDeadline(time.Now().Add(s.bounds.closing / 2)) })
	return &lines{w: w, control: control, encoder: json.NewEncoder(w), ended: ended}
}

// write writes values, of which there may be none, and sends what is written.
func write[T any](l *lines, values []T) error {
	if !l.begun {
		l.w.Header().Set("Content-Type", "application/x-ndjson")
		l.w.WriteHeader(http.StatusOK)
		l.begun = true
	}
	for i := range values {
		if err := l.encoder.Encode(&values[i]); err != nil {
			return err
		}
	}
	return l.control.Flush()
}

// refused is the error of a command that could still be answered by a refusal. What goes wrong after that is that the
// peer has gone.
func (l *lines) refused(err error) error {
	if l.begun {
		return nil
	}
	return err
}
