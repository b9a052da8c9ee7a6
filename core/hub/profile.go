package hub

import (
	"context"
	"io"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/profile"
)

// Profile implements control.Hub.
func (h *Hub) Profile(ctx context.Context, request control.ProfileRequest, w io.Writer) error {
	if request.Of == control.HubName {
		return profile.Write(ctx, w, request.Kind, request.Duration)
	}
	r := h.relay.Load()
	if r == nil {
		return control.UnknownPlugin(request.Of, []string{control.HubName})
	}
	m, err := r.crew.member(request.Of)
	if err != nil {
		return err
	}
	return maskError(m.Profile(ctx, w, request.Kind, request.Duration), h.mask)
}
