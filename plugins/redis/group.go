package redis

import (
	"context"
	"strings"
)

// waitForGroup is the on-lost-group that makes no group.
const waitForGroup = "wait"

// join makes the group where it is missing, and the stream with it. A group that is missing later is not a first one: what
// on-lost-group says holds then.
func (r *reader) join(ctx context.Context, s *session) error {
	if !r.made {
		_, err := r.makeGroup(ctx, s, r.Start)
		r.made = err == nil
		return err
	}
	if r.OnLostGroup == waitForGroup {
		return nil
	}
	return r.remake(ctx, s, "the consumer group was gone after a reconnection and was made again")
}

// rejoin makes the group again that Redis says is missing.
func (r *reader) rejoin(ctx context.Context, s *session, cause error) error {
	r.again.Store(true)
	return r.remake(ctx, s, "the consumer group was gone and was made again: "+cause.Error())
}

func (r *reader) remake(ctx context.Context, s *session, what string) error {
	made, err := r.makeGroup(ctx, s, r.OnLostGroup)
	if made {
		r.log.Warn(what, "stream", r.Stream, "group", r.Group, "at", r.OnLostGroup)
		r.gap(what, 0)
	}
	return err
}

// makeGroup reports whether the group was made, false if it was there.
func (r *reader) makeGroup(ctx context.Context, s *session, at string) (made bool, err error) {
	start := "0"
	if at == "new" {
		start = "$"
	}
	err = s.client.XGroupCreateMkStream(ctx, r.Stream, r.Group, start).Err()
	if err != nil && strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return false, nil
	}
	return err == nil, err
}

// groupGone reports whether Redis says that the group or its stream is missing. UNBLOCKED is what a waiting reader hears
// when the stream is deleted.
func groupGone(err error) bool {
	if err == nil || broken(err) != nil {
		return false
	}
	return strings.HasPrefix(err.Error(), "NOGROUP") || strings.HasPrefix(err.Error(), "UNBLOCKED")
}
