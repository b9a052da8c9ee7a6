package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core/profile"
)

func (f *fakeHub) Profile(ctx context.Context, request ProfileRequest, w io.Writer) error {
	return f.profiling(ctx, request, w)
}

func TestAProfileComesWholeOrNotAtAll(t *testing.T) {
	long := bytes.Repeat([]byte("profile "), 100_000)
	_, client := start(t, t.TempDir(), &fakeHub{profiling: func(_ context.Context, request ProfileRequest, w io.Writer) error {
		switch request.Of {
		case "redis":
			_, err := w.Write(long)
			return err
		case "breaks":
			_, err := w.Write(long)
			return errors.Join(err, profile.ErrTooLarge)
		case "refuses":
			return profile.ErrBusy
		}
		return UnknownPlugin(request.Of, []string{"redis"})
	}})
	request := ProfileRequest{Of: "redis", Kind: profile.CPU, Duration: time.Second}
	var got bytes.Buffer
	if err := client.Profile(t.Context(), &got, request); err != nil || !bytes.Equal(got.Bytes(), long) {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
	request.Of = "breaks"
	if err := client.Profile(t.Context(), io.Discard, request); err == nil || !strings.Contains(err.Error(), "broke off") {
		t.Errorf("a part passed for the whole: %v", err)
	}
	var refusal *Error
	request.Of = "refuses"
	if err := client.Profile(t.Context(), io.Discard, request); !errors.As(err, &refusal) || refusal.Message != profile.ErrBusy.Error() {
		t.Errorf("refused: %v", err)
	}
	request.Of = "reids"
	if err := client.Profile(t.Context(), io.Discard, request); !errors.As(err, &refusal) || refusal.Nearest != "redis" {
		t.Errorf("an unknown plugin: %v", err)
	}
}

func TestTheBoundsOfProfilesAreTheServers(t *testing.T) {
	_, client := start(t, t.TempDir(), &fakeHub{})
	for _, query := range []string{"", "of=hub", "of=hub&kind=cup&seconds=1", "of=hub&kind=cpu&seconds=61", "of=hub&kind=cpu&seconds=0",
		"of=hub&kind=cpu&seconds=-1", "kind=heap&seconds=1"} {
		_, err := client.do(t.Context(), http.MethodGet, "/v1/profile?"+query, nil)
		var refusal *Error
		if !errors.As(err, &refusal) || refusal.Code != CodeBadRequest {
			t.Errorf("%q: %v", query, err)
		}
	}
}
