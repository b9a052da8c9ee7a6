package sdk

import (
	"context"

	"github.com/araldo-relay/araldo/core"
)

// Type is one id that a plugin offers. Endpoint and Marshalling make it.
type Type struct {
	info      core.TypeInfo
	open      func(ctx context.Context, in Instance, config any) (any, error)
	newConfig func() any
}

func newType(id, summary string, kind core.Kind, can Capabilities,
	open func(context.Context, Instance, any) (any, error), newConfig func() any) Type {
	return Type{
		info:      core.TypeInfo{ID: id, Kind: kind, Summary: summary, Capabilities: can},
		open:      open,
		newConfig: newConfig,
	}
}
