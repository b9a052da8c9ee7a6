package host

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrorKind is what went wrong between hub and plugin.
type ErrorKind uint8

// The kinds of error.
const (
	ErrorStart   ErrorKind = iota + 1 // the program did not become a plugin that answers
	ErrorGone                         // there is no process now
	ErrorTimeout                      // the plugin did not answer in time
	ErrorRefused                      // the plugin said no
	ErrorFailed                       // the plugin was given up or stopped
)

func (k ErrorKind) String() string {
	return [...]string{"unknown", "start", "gone", "timeout", "refused", "failed"}[min(k, ErrorFailed)]
}

// Error is a failure at a plugin.
type Error struct {
	Plugin string
	// Endpoint or Marshalling names the instance; both are empty where the error is the plugin's as a whole.
	Endpoint, Marshalling string
	Kind                  ErrorKind
	// Retryable: the same may succeed later without a change of the configuration.
	Retryable bool
	Err       error
}

func (e *Error) Error() string {
	switch {
	case e.Endpoint != "":
		return fmt.Sprintf("endpoint %s: %v", e.Endpoint, e.Err)
	case e.Marshalling != "":
		return fmt.Sprintf("marshalling %s: %v", e.Marshalling, e.Err)
	}
	return fmt.Sprintf("plugin %s: %v", e.Plugin, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

var (
	errNoProcess  = errors.New("its plugin is not running")
	errStopped    = errors.New("its plugin was stopped")
	errReattached = errors.New("it runs elsewhere (reattach): start it again there")
	errClosed     = errors.New("it was closed")
)

// isGone reports whether an error is that there was no process to answer.
func isGone(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == ErrorGone
}

// lateError is context.DeadlineExceeded in words for people.
type lateError struct{}

func (lateError) Error() string { return "its plugin did not answer in time" }

// Unwrap returns context.DeadlineExceeded.
func (lateError) Unwrap() error { return context.DeadlineExceeded }

// callError turns what a call at a plugin returned into an Error; nil stays nil.
func callError(plugin, endpoint string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = status.FromContextError(err).Err()
	}
	e := &Error{Plugin: plugin, Endpoint: endpoint, Kind: ErrorRefused, Err: plain(err)}
	switch status.Code(err) {
	case codes.Unavailable:
		e.Kind, e.Retryable = ErrorGone, true
	case codes.DeadlineExceeded, codes.Canceled:
		e.Kind, e.Retryable = ErrorTimeout, true
	case codes.ResourceExhausted, codes.Aborted, codes.FailedPrecondition:
		e.Retryable = true
	}
	return e
}

// plain drops gRPC's wording, keeps what the plugin said and makes it safe to print.
func plain(err error) error {
	s, ok := status.FromError(err)
	switch {
	case !ok:
		return err
	case s.Code() == codes.DeadlineExceeded:
		return lateError{}
	case s.Code() == codes.Canceled:
		return context.Canceled
	}
	return errors.New(printable(s.Message(), maxText))
}
