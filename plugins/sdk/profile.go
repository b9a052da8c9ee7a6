package sdk

import (
	"bufio"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core/profile"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

// profileChunk is how much of a profile goes into one frame, in bytes.
const profileChunk = 64 << 10

// Profile makes a profile of this process.
func (s *server) Profile(r *pluginv1.ProfileRequest, to pluginv1.PluginService_ProfileServer) error {
	kind, duration := profile.Kind(r.Kind), time.Duration(r.Seconds)*time.Second
	if err := profile.Check(kind, duration); err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	chunks := bufio.NewWriterSize(profileChunks{to}, profileChunk)
	err := profile.Write(to.Context(), chunks, kind, duration)
	if err == nil {
		err = chunks.Flush()
	}
	switch {
	case err == nil:
		return nil
	case to.Context().Err() != nil:
		return status.FromContextError(to.Context().Err()).Err()
	case errors.Is(err, profile.ErrTooLarge), errors.Is(err, profile.ErrBusy):
		return status.Error(codes.ResourceExhausted, err.Error())
	}
	return err
}

// profileChunks sends what is written in frames.
type profileChunks struct {
	to pluginv1.PluginService_ProfileServer
}

func (c profileChunks) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), profileChunk)
		if err := c.to.Send(&pluginv1.ProfileResponse{Chunk: rest[:n]}); err != nil {
			return len(p) - len(rest), err
		}
		rest = rest[n:]
	}
	return len(p), nil
}
