package control

import (
	"fmt"
	"net/http"

	"github.com/araldo-relay/araldo/core"
)

// Code names a kind of refusal.
type Code string

// The codes.
const (
	CodeUnknownEndpoint Code = "unknown-endpoint" // no endpoint of the configuration has that name
	CodeUnknownOutlet   Code = "unknown-outlet"   // no route of the configuration has that outlet
	CodeUnknownCommand  Code = "unknown-command"  // the hub has no such command
	CodeBadRequest      Code = "bad-request"      // the command's body or method is not what it takes
	CodeTooLarge        Code = "too-large"        // the command's body is over its limit
	CodeForbidden       Code = "forbidden"        // the peer is another user, or shows no token
	CodeDisabled        Code = "disabled"         // the endpoint is switched off
	CodeFailed          Code = "failed"           // the command was tried and did not work
)

// Error is a hub's refusal, the same value on both sides of the socket.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Nearest is the name that was probably meant, empty where none is near.
	Nearest string `json:"nearest,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// UnknownEndpoint is the answer to a command for a name that is not among names.
func UnknownEndpoint(name string, names []string) *Error {
	return &Error{CodeUnknownEndpoint, fmt.Sprintf("there is no endpoint %q", name), core.Nearest(name, names)}
}

func (c Code) status() int {
	switch c {
	case CodeUnknownEndpoint, CodeUnknownOutlet, CodeUnknownPlugin, CodeUnknownCommand:
		return http.StatusNotFound
	case CodeBadRequest:
		return http.StatusBadRequest
	case CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeDisabled:
		return http.StatusConflict
	case CodeForbidden:
		return http.StatusForbidden
	default:
		return http.StatusInternalServerError
	}
}
