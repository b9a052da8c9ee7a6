package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ReplayRequest is messages that are to go once more to one outlet.
type ReplayRequest struct {
	// Route is the inbound endpoint's name, Outlet the outlet's in its route.
	Route   string         `json:"route"`
	Outlet  string         `json:"outlet"`
	Records []ReplayRecord `json:"records"`
}

// ReplayRecord is one of them: the message as its source gave it.
type ReplayRecord struct {
	// ID is 32 hexadecimal digits, which the message keeps.
	ID            string            `json:"id"`
	Time          time.Time         `json:"time"`
	ContentType   string            `json:"content-type,omitempty"`
	Attributes    map[string]string `json:"attributes,omitempty"`
	PayloadBase64 []byte            `json:"payload-base64"`
}

// Replayed is what became of one of them.
type Replayed struct {
	// Index is its place in the request.
	Index int `json:"index"`
	// Settled: it is delivered, or the outlet's own rules have dealt with it. Else it must be kept.
	Settled bool `json:"settled"`
	// Verdict and Reason are as in TapEvent.
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
}

// replay answers with one Replayed per line as they come, and ends when all have.
func (s *Server) replay(w http.ResponseWriter, r *http.Request, body []byte) error {
	var request ReplayRequest
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil || request.Route == "" || request.Outlet == "" {
		return badRequest(`the body must be {"route": NAME, "outlet": NAME, "records": [...]}`)
	}
	out := s.lines(w, r)
	defer out.ended()
	return out.refused(s.hub.Replay(r.Context(), request, func(list []Replayed) error { return write(out, list) }))
}

// Replay gives messages to one outlet once more and calls show for each when it is known what became of it. It returns
// when that is known of all. Where ctx ends, or the hub, which is ErrHubEnded, some may arrive of which nothing was shown.
func (c *Client) Replay(ctx context.Context, request ReplayRequest, show func(Replayed) error) error {
	body, err := c.do(ctx, http.MethodPost, "/v1/replay", request)
	if err != nil {
		return err
	}
	defer body.Close()
	decoder := json.NewDecoder(body)
	for range request.Records {
		var one Replayed
		err := decoder.Decode(&one)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return ErrHubEnded
		case err != nil:
			return fmt.Errorf("replay: %w", err)
		}
		if err := show(one); err != nil {
			return err
		}
	}
	return nil
}
