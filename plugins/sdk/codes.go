package sdk

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
)

// codedError makes an author's error one that the hub can branch on.
func codedError(err error, format string, args ...any) error {
	code := codes.FailedPrecondition
	var panicked *panicError
	var failure *Failure
	switch {
	case errors.As(err, &panicked):
		code = codes.Internal
	case errors.As(err, &failure) && failure.Class >= core.FailurePermanent:
		code = codes.InvalidArgument
	case errors.Is(err, context.DeadlineExceeded):
		code = codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		code = codes.Canceled
	}
	return status.Error(code, fmt.Sprintf(format, args...)+": "+err.Error())
}
