package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/core/profile"
)

// HubName is what the hub's own process is called where plugins' names stand.
const HubName = "hub"

// ProfileRequest says what profile to make.
type ProfileRequest struct {
	// Of is a plugin's name, or HubName.
	Of   string
	Kind profile.Kind
	// Duration of a profile of CPU, in whole seconds, up to profile.Longest.
	Duration time.Duration
}

func (r ProfileRequest) query() string {
	return url.Values{"of": {r.Of}, "kind": {r.Kind.String()}, "seconds": {strconv.Itoa(int(r.Duration / time.Second))}}.Encode()
}

func profileRequest(query url.Values) (ProfileRequest, error) {
	kind, known := profile.KindOf(query.Get("kind"))
	seconds, err := strconv.ParseUint(query.Get("seconds"), 10, 16)
	r := ProfileRequest{Of: query.Get("of"), Kind: kind, Duration: time.Duration(seconds) * time.Second}
	if r.Of == "" || !known || err != nil {
		return r, badRequest("the query must be of=NAME&kind=%s&seconds=N", strings.Join(profile.Names(), "|"))
	}
	if err := profile.Check(kind, r.Duration); err != nil {
		return r, badRequest("%v", err)
	}
	return r, nil
}

// profile answers with the profile's bytes. What fails after the first of them breaks the answer off, so that nobody takes
// a part for the whole.
func (s *Server) profile(w http.ResponseWriter, r *http.Request, _ []byte) error {
	request, err := profileRequest(r.URL.Query())
	if err != nil {
		return err
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	out := &profileWriter{w: w, control: control, patience: s.bounds.answer}
	if err := s.hub.Profile(r.Context(), request, out); err != nil {
		if !out.begun {
			return err
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// profileWriter writes an answer that may take long to come and not to go.
type profileWriter struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	begun    bool
}

func (p *profileWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(p.patience))
	if !p.begun {
		p.w.Header().Set("Content-Type", "application/octet-stream")
		p.begun = true
	}
	return p.w.Write(b)
}

// Profile writes a profile of the hub's or a plugin's process to w. An unknown name is an *Error with CodeUnknownPlugin;
// on any error w may have a part of it.
func (c *Client) Profile(ctx context.Context, w io.Writer, request ProfileRequest) error {
	body, err := c.do(ctx, http.MethodGet, "/v1/profile?"+request.query(), nil)
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err = io.Copy(w, body); errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the profile broke off: the hub or the plugin ended, or it was too large")
	}
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}
