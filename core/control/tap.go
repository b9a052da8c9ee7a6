package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"
)

// The directions of a TapEvent.
const (
	DirectionIn  = "in"  // what the endpoint received
	DirectionOut = "out" // what became of a message that was to go to the endpoint
)

// TapRequest says what to show.
type TapRequest struct {
	Endpoint string
	// In and Out are the directions to show; neither is an error.
	In, Out bool
	// Full shows payloads whole; else they are cut at 4 KiB.
	Full bool
}

// TapEvent is one message at one place, or, with Lost alone, that the tap could not keep up. Its JSON names are a
// promise, as those of Status are.
type TapEvent struct {
	Time time.Time `json:"time"`
	// Direction is in or out, Endpoint the tapped endpoint; Route and Outlet name the outlet of a message that goes out.
	Direction string `json:"direction,omitempty"`
	Endpoint  string `json:"endpoint,omitempty"`
	Route     string `json:"route,omitempty"`
	Outlet    string `json:"outlet,omitempty"`
	// Verdict is received or unrouted for in, and delivered, filtered, dead-lettered, expired, dropped or mixed for out;
	// Reason says why it was dropped. mixed: some of the messages that were settled together were dropped, and the
	// endpoint did not say which.
	Verdict     string            `json:"verdict,omitempty"`
	Reason      string            `json:"reason,omitempty"`
	ID          string            `json:"id,omitempty"`
	Source      string            `json:"source,omitempty"`
	ContentType string            `json:"content-type,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	// Size is the payload's, in bytes. Payload is it, or the beginning of it, where that is UTF-8; else PayloadBase64 is.
	Size          int    `json:"size"`
	Payload       string `json:"payload,omitempty"`
	PayloadBase64 []byte `json:"payload-base64,omitempty"`
	// Lost is how many messages passed unseen before this event.
	Lost uint64 `json:"lost,omitempty"`
}

// SetPayload puts a payload, or the beginning of one of e.Size bytes, where it belongs.
func (e *TapEvent) SetPayload(payload []byte) {
	text := payload
	if len(payload) < e.Size {
		text = wholeRunes(payload)
	}
	if utf8.Valid(text) {
		e.Payload = string(text)
		return
	}
	e.PayloadBase64 = payload
}

// wholeRunes leaves out a character that was cut in two at the end.
func wholeRunes(text []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-n]
			}
			break
		}
	}
	return text
}

// Bytes is the payload that SetPayload was given, less a character that was cut in two.
func (e *TapEvent) Bytes() []byte {
	if e.PayloadBase64 != nil {
		return e.PayloadBase64
	}
	return []byte(e.Payload)
}

// tap streams events, one JSON object per line, until the peer leaves or the server ends. How slowly the peer reads is
// its own affair: the hub loses what it does not take.
func (s *Server) tap(w http.ResponseWriter, r *http.Request, _ []byte) error {
	request, err := tapRequest(r.URL.Query())
	if err != nil {
		return err
	}
	out := s.lines(w, r)
	defer out.ended()
	return out.refused(s.hub.Tap(r.Context(), request, func(events []TapEvent) error { return write(out, events) }))
}

func tapRequest(query url.Values) (TapRequest, error) {
	request := TapRequest{Endpoint: query.Get("endpoint"), In: true, Out: true, Full: query.Get("full") == "true"}
	switch query.Get("direction") {
	case "":
	case DirectionIn:
		request.Out = false
	case DirectionOut:
		request.In = false
	default:
		return request, badRequest("direction is in, out or left out")
	}
	if request.Endpoint == "" {
		return request, badRequest("the query must be endpoint=NAME[&direction=in|out][&full=true]")
	}
	return request, nil
}

func (r TapRequest) query() string {
	query := url.Values{"endpoint": {r.Endpoint}}
	if r.In != r.Out {
		query.Set("direction", map[bool]string{true: DirectionIn, false: DirectionOut}[r.In])
	}
	if r.Full {
		query.Set("full", "true")
	}
	return query.Encode()
}

// ErrHubEnded says that a tap ended because the hub did.
var ErrHubEnded = errors.New("the hub has ended")

// Tap calls begun when the tap is in place and show for each event, until ctx ends, which is no error, show fails, or
// the hub ends, which is ErrHubEnded.
func (c *Client) Tap(ctx context.Context, request TapRequest, begun func(), show func(TapEvent) error) error {
	body, err := c.do(ctx, http.MethodGet, "/v1/tap?"+request.query(), nil)
	if err != nil {
		return untilDone(ctx, err)
	}
	defer body.Close()
	begun()
	decoder := json.NewDecoder(body)
	for {
		var event TapEvent
		err := decoder.Decode(&event)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return untilDone(ctx, ErrHubEnded)
		}
		if err != nil {
			return untilDone(ctx, fmt.Errorf("tap: %w", err))
		}
		if err := show(event); err != nil {
			return err
		}
	}
}

// untilDone is nil where ctx has ended, whatever that brought about.
func untilDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
