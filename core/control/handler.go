package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// peerKey finds in a connection's context the error of its peer, nil for one who may speak.
type peerKey struct{}

// command is what one path does. It returns the value to answer with, or an error.
type command struct {
	method string
	run    func(ctx context.Context, body []byte) (any, error)
	// lasting commands keep their answer open until the server ends or the peer leaves.
	lasting bool
	// stream, where set, is called instead of run and writes its answer itself; an error means that it wrote nothing.
	stream func(w http.ResponseWriter, r *http.Request, body []byte) error
	// limit of the body in bytes.
	limit int64
}

func (s *Server) commands() map[string]command {
	return map[string]command{
		"/v1/status":  {method: http.MethodGet, run: s.status, limit: maxBody},
		"/v1/stop":    {method: http.MethodPost, run: s.stop, lasting: true, limit: maxBody},
		"/v1/restart": {method: http.MethodPost, run: s.restart, limit: maxBody},
		"/v1/enable":  {method: http.MethodPost, run: s.enable, limit: maxBody},
		"/v1/reload":  {method: http.MethodPost, run: s.reload, limit: maxBody},
		"/v1/disable": {method: http.MethodPost, run: s.disable, limit: maxBody},
		"/v1/tap":     {method: http.MethodGet, stream: s.tap, limit: maxBody},
		"/v1/send":    {method: http.MethodPost, run: s.send, limit: maxSend},
		"/v1/profile": {method: http.MethodGet, stream: s.profile, limit: maxBody},
		"/v1/replay":  {method: http.MethodPost, stream: s.replay, limit: maxSend},
	}
}

// handler serves the commands. Every answer, refusals included, is JSON.
func (s *Server) handler() http.Handler {
	commands := s.commands()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		command, body, err := s.admit(commands, w, r)
		if err != nil {
			s.refuse(w, err)
			return
		}
		if command.stream != nil {
			if err := command.stream(w, r, body); err != nil {
				s.refuse(w, err)
			}
			return
		}
		value, err := command.run(r.Context(), body)
		if err != nil {
			s.refuse(w, err)
			return
		}
		s.answer(w, http.StatusOK, value)
		if command.lasting {
			s.last(w, r)
		}
	})
}

// last returns when the server ends or the peer leaves, in time to write the answer's end.
func (s *Server) last(w http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.bounds.answer))
}

// admit finds the command that a request means and reads its body, if the peer may speak at all.
func (s *Server) admit(commands map[string]command, w http.ResponseWriter, r *http.Request) (command, []byte, error) {
	if err := s.authorise(r); err != nil {
		return command{}, nil, err
	}
	found, known := commands[r.URL.Path]
	if !known {
		return command{}, nil, &Error{Code: CodeUnknownCommand, Message: fmt.Sprintf("there is no command %q", r.URL.Path)}
	}
	if r.Method != found.method {
		return command{}, nil, badRequest("%s takes %s, not %s", r.URL.Path, found.method, r.Method)
	}
	body, err := readBody(w, r, found.limit)
	return found, body, err
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &Error{Code: CodeTooLarge, Message: fmt.Sprintf("a command's body may have %d bytes", limit)}
	}
	if err != nil {
		return nil, badRequest("reading the command: %v", err)
	}
	return body, nil
}

func badRequest(format string, args ...any) *Error {
	return &Error{Code: CodeBadRequest, Message: fmt.Sprintf(format, args...)}
}

// refuse answers with the *Error in err, or with one made of err.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	var refusal *Error
	if !errors.As(err, &refusal) {
		refusal = &Error{Code: CodeFailed, Message: err.Error()}
	}
	s.answer(w, refusal.Code.status(), struct {
		Error *Error `json:"error"`
	}{refusal})
}

// answer writes value. What can go wrong here is that the peer has gone, which is its own affair.
func (s *Server) answer(w http.ResponseWriter, status int, value any) {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(s.bounds.answer))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
	_ = control.Flush()
}
