package client

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// health knows whether the server is connected, and tells each change once: one event, one line in the log. A new cause
// of the same trouble is told too, so that the status shows the present one.
type health struct {
	target string
	scrub  *strings.Replacer
	report func(sdk.Event)
	log    *slog.Logger

	// answered is closed after the first attempt, whatever came of it.
	answered chan struct{}

	mu sync.Mutex
	// told: the first attempt has been told.
	told bool
	// inbound: messages are missed while there is no connection.
	inbound bool
	cause   string // empty while connected, and before anything was told
	// since is when the last connection ended; zero before the first one.
	since time.Time
	gaps  uint64
}

// setInbound says whether routes read what the server sends.
func (h *health) setInbound(inbound bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inbound = inbound
}

// await waits for what comes of the first attempt, as long as ctx stands. Without an answer until then it tells that there
// is none yet, so that a server that was never reached never seems to be.
func (h *health) await(ctx context.Context) {
	select {
	case <-h.answered:
	case <-ctx.Done():
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.told {
		return
	}
	h.cause = h.unanswered()
	h.report(sdk.Event{Kind: core.EventDegraded, Cause: h.cause})
}

// unanswered is the cause before the first attempt has come to anything.
func (h *health) unanswered() string { return h.target + ": not connected yet" }

// tell notes that the first attempt is told. The caller holds the lock.
func (h *health) tell() {
	if !h.told {
		h.told = true
		close(h.answered)
	}
}

// lost is told why there is no connection.
func (h *health) lost(why error) {
	cause := h.target + ": " + h.scrub.Replace(why.Error())
	h.mu.Lock()
	defer h.mu.Unlock()
	if cause == h.cause {
		return
	}
	if h.cause == "" || !h.told {
		h.log.Warn("the WebSocket server is not connected; trying until it is", "cause", cause)
	} else {
		h.log.Info("the WebSocket server is still not connected", "cause", cause)
	}
	h.cause = cause
	h.report(sdk.Event{Kind: core.EventDegraded, Cause: cause})
	h.tell()
}

// ended notes that a connection is over, for the gap that begins.
func (h *health) ended(why error) {
	h.mu.Lock()
	h.since = time.Now()
	h.mu.Unlock()
	h.lost(why)
}

// found is told that a connection stands.
func (h *health) found(peer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log.Info("the WebSocket server is connected", "server", h.target, "peer", peer)
	kind := core.EventConnected
	if h.cause != "" {
		kind = core.EventRecovered
	}
	h.cause = ""
	h.report(sdk.Event{Kind: kind})
	h.tell()
	if h.inbound && !h.since.IsZero() {
		h.gaps++
		h.report(sdk.Event{Kind: core.EventGap,
			Cause: fmt.Sprintf("not connected for %v", time.Since(h.since).Round(time.Millisecond))})
	}
}

// away is the failure of messages that were not sent because there is no connection.
func (h *health) away() *sdk.Failure {
	h.mu.Lock()
	defer h.mu.Unlock()
	detail := h.cause
	if detail == "" {
		detail = h.unanswered()
	}
	return notSent(detail)
}

// describe is an error's text without what is secret.
func (h *health) describe(err error) string { return h.target + ": " + h.scrub.Replace(err.Error()) }

func (h *health) missed() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.gaps
}

func notSent(detail string) *sdk.Failure {
	return &sdk.Failure{Class: core.FailureRetryable, Scope: core.ScopeEndpoint, Attempted: core.AttemptedNo, Detail: detail}
}
