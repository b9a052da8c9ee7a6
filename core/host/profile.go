package host

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core/profile"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
)

var errNoProfiles = errors.New("it makes no profiles of itself: its program does not implement Profile, which is optional")

// Profile has the plugin's process make a profile of itself and writes it to w as it comes. duration, in whole seconds, is
// for profiles of CPU. It is bounded by duration and the time that a call may take, in bytes by profile.Largest; on an
// error part of it may be written.
func (p *Plugin) Profile(ctx context.Context, w io.Writer, kind profile.Kind, duration time.Duration) error {
	proc, err := p.running("")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, duration+p.host.limits.call)
	defer cancel()
	stream, err := proc.client.Profile(ctx, &pluginv1.ProfileRequest{
		Kind: pluginv1.ProfileKind(kind), Seconds: uint32(duration / time.Second),
	})
	if err == nil {
		err = copyProfile(w, stream)
	}
	switch {
	case status.Code(err) == codes.Unimplemented:
		return &Error{Plugin: p.spec.Name, Kind: ErrorRefused, Err: errNoProfiles}
	case errors.Is(err, profile.ErrTooLarge):
		return &Error{Plugin: p.spec.Name, Kind: ErrorRefused, Err: err}
	}
	return callError(p.spec.Name, "", proc.fate(err))
}

func copyProfile(w io.Writer, stream pluginv1.PluginService_ProfileClient) error {
	for left := profile.Largest; ; {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if left -= len(part.Chunk); left < 0 {
			return profile.ErrTooLarge
		}
		if _, err := w.Write(part.Chunk); err != nil {
			return err
		}
	}
}
