package control

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
)

// target is the body of the commands for one endpoint.
type target struct {
	Endpoint string `json:"endpoint"`
}

// stopping is the answer to stop. Its end, not its content, tells that the hub has drained.
type stopping struct {
	PID int `json:"pid"`
}

func (s *Server) status(ctx context.Context, _ []byte) (any, error) {
	status := s.hub.Status(ctx)
	status.complete()
	return status, nil
}

func (s *Server) stop(context.Context, []byte) (any, error) {
	s.hub.Stop()
	return stopping{os.Getpid()}, nil
}

func (s *Server) enable(ctx context.Context, body []byte) (any, error) {
	return s.setEnabled(ctx, body, true)
}

func (s *Server) disable(ctx context.Context, body []byte) (any, error) {
	return s.setEnabled(ctx, body, false)
}

func (s *Server) setEnabled(ctx context.Context, body []byte, enabled bool) (any, error) {
	var t target
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil || t.Endpoint == "" {
		return nil, badRequest(`the body must be {"endpoint": NAME}`)
	}
	return struct{}{}, s.hub.SetEnabled(ctx, t.Endpoint, enabled)
}
