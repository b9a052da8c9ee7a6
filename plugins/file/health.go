package file

import (
	"log/slog"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// health tells each change once: one event, one line in the log. Who has the sink's turn uses it.
type health struct {
	report func(sdk.Event)
	log    *slog.Logger
	ill    bool
}

func (h *health) failed(f *sdk.Failure) {
	if h.ill {
		return
	}
	h.ill = true
	h.log.Warn("messages can't be written", "cause", f.Detail)
	h.report(sdk.Event{Kind: core.EventDegraded, Cause: f.Detail})
}

func (h *health) well() {
	if !h.ill {
		return
	}
	h.ill = false
	h.log.Info("messages are written again")
	h.report(sdk.Event{Kind: core.EventRecovered})
}
