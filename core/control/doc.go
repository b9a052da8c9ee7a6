// Package control lets one user's programs see and steer a running hub: a lock that allows one hub per data directory,
// a server on a Unix socket in that directory, and the client that the command line uses. It speaks JSON over HTTP;
// only the user who runs the hub, and root, get an answer.
package control

import (
	"context"
	"io"
)

// Hub is what the server steers. Its methods are called by several goroutines.
type Hub interface {
	// Status looks at everything now. It asks plugins, so it may take until ctx ends; what did not answer by then is
	// left out.
	Status(ctx context.Context) Status
	// Stop begins the drain and returns at once. Further calls do nothing.
	Stop()
	// SetEnabled switches an endpoint and returns when that is done. Switching to what is already so does nothing.
	// The error for a name that is no endpoint is made by UnknownEndpoint.
	SetEnabled(ctx context.Context, name string, enabled bool) error
	// Reload reads the configuration again and takes it, or with dryRun tells what that would do. The error says why it
	// was not even tried: another one was not done before ctx ended, or the hub is about to end.
	Reload(ctx context.Context, dryRun bool) (Reload, error)
	// RestartPlugin puts a new process of its program in the place of a plugin's, drained before, and returns when that is
	// done. On an error the old one goes on. The error for an unknown name is UnknownPlugin's.
	RestartPlugin(ctx context.Context, name string) error
	// Tap shows messages that pass an endpoint until ctx ends, which is no error, or show fails. show is called by one
	// goroutine, first with no events when the tap is in place; it may take its time: the hub does not wait for it, and
	// tells by events with Lost what passed meanwhile unseen. The error for an unknown name is UnknownEndpoint's.
	Tap(ctx context.Context, request TapRequest, show func([]TapEvent) error) error
	// Send gives the relay a message as if the endpoint had received it and returns when its source could go on, or with
	// an error when ctx ends first. The error for an unknown name is UnknownEndpoint's.
	Send(ctx context.Context, name string, message Message) (Sent, error)
	// Replay gives messages to one outlet once more and shows what becomes of each, first nothing when they are given. It
	// returns when all is shown, or with an error when ctx ends first or the outlet is none.
	Replay(ctx context.Context, request ReplayRequest, show func([]Replayed) error) error
	// Profile writes a profile of the hub's process or of a plugin's to w, or fails when ctx ends first; then part of it may
	// be written. The error for an unknown name is UnknownPlugin's.
	Profile(ctx context.Context, request ProfileRequest, w io.Writer) error
}
