package core

import "errors"

// Found is what an endpoint learns of another one that it looks up.
type Found struct {
	State State
	// Cause says why it is not ready, empty where it is.
	Cause string
	// Started: it was disabled, and the look-up enabled it.
	Started bool
	// Inbound and Outbound are the directions that routes use.
	Inbound, Outbound bool
}

// Why a question of an endpoint's to the hub has no answer; errors.Is tells them apart.
var (
	// ErrUnknown: nothing that can be asked about has this name.
	ErrUnknown = errors.New("unknown")
	// ErrStopping: what was asked for, or the hub, is about to end.
	ErrStopping = errors.New("stopping")
	// ErrUnavailable: it is there and can't answer now; the same question may be answered later.
	ErrUnavailable = errors.New("unavailable")
	// ErrRefused: the question is none, is too large, or has an answer that is.
	ErrRefused = errors.New("refused")
)
