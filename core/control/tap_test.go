package control

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestTapStreamsEventsUntilTheReaderHasEnough(t *testing.T) {
	asked := make(chan TapRequest, 1)
	ended := make(chan struct{})
	hub := &fakeHub{tapping: func(ctx context.Context, request TapRequest, show func([]TapEvent) error) error {
		defer close(ended)
		asked <- request
		if err := errors.Join(show(nil), show([]TapEvent{{Verdict: "received", Size: 2, Payload: "hi"}, {Lost: 7}})); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}}
	_, client := start(t, t.TempDir(), hub)
	var got []TapEvent
	begun, enough := false, errors.New("enough")
	err := client.Tap(t.Context(), TapRequest{Endpoint: "a b", Out: true, Full: true}, func() { begun = true },
		func(e TapEvent) error {
			if got = append(got, e); len(got) == 2 {
				return enough
			}
			return nil
		})
	if !errors.Is(err, enough) || !begun || got[0].Payload != "hi" || got[1].Lost != 7 {
		t.Errorf("%v, begun %v, %+v", err, begun, got)
	}
	if want := (TapRequest{Endpoint: "a b", Out: true, Full: true}); <-asked != want {
		t.Error("the hub was asked for something else")
	}
	<-ended
}

func TestTapEndsWithItsContextAndWithTheHub(t *testing.T) {
	hub := &fakeHub{tapping: func(ctx context.Context, _ TapRequest, show func([]TapEvent) error) error {
		err := show(nil)
		<-ctx.Done()
		return err
	}}
	server, client := open(t, hub, usualBounds)
	ctx, cancel := context.WithCancel(t.Context())
	if err := client.Tap(ctx, TapRequest{Endpoint: "a", In: true}, cancel, nil); err != nil {
		t.Errorf("an ended context: %v", err)
	}
	closed := make(chan error, 1)
	end := func() { go func() { closed <- server.Close() }() }
	if err := client.Tap(t.Context(), TapRequest{Endpoint: "a", In: true}, end, nil); !errors.Is(err, ErrHubEnded) {
		t.Errorf("an ended hub: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// open runs a server that the test closes itself.
func open(t *testing.T, hub Hub, bounds bounds) (*Server, *Client) {
	t.Helper()
	lock, err := Acquire(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Release() })
	server, err := serve(lock, hub, discard(), bounds)
	if err != nil {
		t.Fatal(err)
	}
	client, err := Dial([]string{server.Path()})
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

// A reader that stands still neither keeps the hub from writing on for ever nor from ending.
func TestAHubEndsThoughAReaderStandsStill(t *testing.T) {
	quick := usualBounds
	quick.closing = 100 * time.Millisecond
	quick.request = 50 * time.Millisecond // a tap outlives the bound of a request
	var written atomic.Int64
	ended := make(chan error, 1)
	hub := &fakeHub{tapping: func(_ context.Context, _ TapRequest, show func([]TapEvent) error) error {
		err := show(nil)
		for ; err == nil; written.Add(1) {
			err = show([]TapEvent{{Payload: strings.Repeat("x", 1<<16)}})
		}
		ended <- err
		return nil
	}}
	server, client := open(t, hub, quick)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	body, err := client.do(ctx, "GET", "/v1/tap?endpoint=a", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if _, err := io.ReadFull(body, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil && written.Load() == 0 {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the hub writes on")
	}
}

func TestTapRefuses(t *testing.T) {
	hub := &fakeHub{tapping: func(_ context.Context, r TapRequest, _ func([]TapEvent) error) error {
		return UnknownEndpoint(r.Endpoint, []string{"browsers"})
	}}
	_, client := start(t, t.TempDir(), hub)
	var refused *Error
	err := client.Tap(t.Context(), TapRequest{Endpoint: "browser", In: true}, nil, nil)
	if !errors.As(err, &refused) || refused.Nearest != "browsers" {
		t.Errorf("%v", err)
	}
	for _, query := range []string{"", "?endpoint=a&direction=up"} {
		if _, err := client.do(t.Context(), "GET", "/v1/tap"+query, nil); !errors.As(err, &refused) || refused.Code != CodeBadRequest {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestPayloadsAreTextWhereTheyCanBe(t *testing.T) {
	for _, c := range []struct {
		payload string
		size    int
		text    string
		base64  string
	}{
		{"", 0, "", ""},
		{"grün", 5, "grün", ""},
		{"gr\xc3", 5, "gr", ""},         // cut within a character
		{"gr\xc3", 3, "", "gr\xc3"},     // whole, and no text
		{"\xff\xfe", 9, "", "\xff\xfe"}, // cut, and no text
		{"a\xf0\x9f\x98", 99, "a", ""},  // three of four bytes
		{"\x80\x80\x80", 9, "", "\x80\x80\x80"},
	} {
		e := TapEvent{Size: c.size}
		e.SetPayload([]byte(c.payload))
		if e.Payload != c.text || string(e.PayloadBase64) != c.base64 {
			t.Errorf("%q of %d: %q, %q", c.payload, c.size, e.Payload, e.PayloadBase64)
		}
	}
}

func TestSendCarriesTheMessage(t *testing.T) {
	var got Message
	hub := &fakeHub{sending: func(_ context.Context, name string, m Message) (Sent, error) {
		if name != "a" {
			return Sent{}, UnknownEndpoint(name, []string{"a"})
		}
		got = m
		return Sent{ID: "1", Outlets: []string{"b"}}, nil
	}}
	_, client := start(t, t.TempDir(), hub)
	large := Message{Payload: []byte(strings.Repeat("\xff", 3<<20)), ContentType: "x/y", Attributes: map[string]string{"kind": "binary"}}
	sent, err := client.Send(t.Context(), "a", large)
	if err != nil || sent.ID != "1" || !reflect.DeepEqual(got, large) {
		t.Errorf("%v, %+v", err, sent)
	}
	var refused *Error
	if _, err := client.Send(t.Context(), "b", Message{}); !errors.As(err, &refused) || refused.Code != CodeUnknownEndpoint {
		t.Errorf("%v", err)
	}
	for _, body := range []string{`{}`, `{"endpoint":"a","x":1}`, `{"endpoint":"a","payload":"p","payload-base64":"cA=="}`} {
		if _, err := client.do(t.Context(), "POST", "/v1/send", rawJSON(body)); !errors.As(err, &refused) || refused.Code != CodeBadRequest {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := client.do(t.Context(), "POST", "/v1/send", rawJSON(`{"endpoint":"a","payload":"hi"}`)); err != nil || string(got.Payload) != "hi" {
		t.Errorf("%v, %q", err, got.Payload)
	}
}

// rawJSON stands for itself.
type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }
