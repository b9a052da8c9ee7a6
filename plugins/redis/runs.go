package redis

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// runs gathers the messages of a batch that failed, in order; those in a row that failed alike are one exception.
type runs struct {
	exceptions []sdk.Exception
	failed     int
}

func (r *runs) add(i int, f *sdk.Failure) {
	r.failed++
	if n := len(r.exceptions); n > 0 {
		last := &r.exceptions[n-1]
		if last.Index+last.Count == i && *last.Failure == *f {
			last.Count++
			return
		}
	}
	r.exceptions = append(r.exceptions, sdk.Exception{Index: i, Count: 1, Outcome: core.OutcomeFailed, Failure: f})
}

// outcome is what Send returns: nil if none failed.
func (r *runs) outcome() error {
	if r.exceptions == nil {
		return nil
	}
	return &sdk.SendError{Exceptions: r.exceptions}
}
