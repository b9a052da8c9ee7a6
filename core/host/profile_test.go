package host

import (
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"github.com/araldo-relay/araldo/core/profile"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

func TestAPluginThatMakesNoProfilesSaysSo(t *testing.T) {
	p := newFixture(t).start(t, testSpec(t, "good"))
	err := p.Profile(t.Context(), io.Discard, profile.Heap, 0)
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Kind != ErrorRefused || !strings.Contains(err.Error(), "plugin test: it makes no profiles") {
		t.Errorf("%v", err)
	}
}

// endless is a plugin's profile that does not end.
type endless struct {
	grpc.ServerStreamingClient[pluginv1.ProfileResponse]
	chunk []byte
}

func (e endless) Recv() (*pluginv1.ProfileResponse, error) {
	return &pluginv1.ProfileResponse{Chunk: e.chunk}, nil
}

func TestAProfileIsBounded(t *testing.T) {
	written := 0
	err := copyProfile(counting{&written}, endless{chunk: make([]byte, 3<<20)})
	if !errors.Is(err, profile.ErrTooLarge) || written > profile.Largest {
		t.Errorf("%d bytes, %v", written, err)
	}
}

type counting struct{ n *int }

func (c counting) Write(p []byte) (int, error) { *c.n += len(p); return len(p), nil }
