package sdk

import (
	"context"
	"fmt"

	"github.com/araldo-relay/araldo/core"
)

// Type is one id that a plugin offers. Endpoint and Marshalling make it.
type Type struct {
	info      core.TypeInfo
	open      func(ctx context.Context, in Instance, config any) (any, error)
	newConfig func() any
}

// ID is the id itself, such as endpoint-redis.
func (t Type) ID() string { return t.info.ID }

// newType panics where the config struct's tags make no sense: the author sees it at the first start.
func newType(id, summary string, kind core.Kind, can Capabilities,
	open func(context.Context, Instance, any) (any, error), newConfig func() any) Type {
	schema, err := schemaOf(newConfig())
	if err != nil {
		panic(fmt.Sprintf("id %s: %v", id, err))
	}
	return Type{
		info:      core.TypeInfo{ID: id, Kind: kind, Summary: summary, Schema: schema, Capabilities: can},
		open:      open,
		newConfig: newConfig,
	}
}

// assess checks an instance's configuration.
func (t *Type) assess(s Setting, raw []byte) core.Assessment {
	a := core.Assessment{Capabilities: t.info.Capabilities}
	config := t.newConfig()
	if a.Diagnostics = decodeConfig(raw, config); failed(a.Diagnostics) {
		return a
	}
	if checker, can := config.(Checker); can {
		a.Diagnostics = append(a.Diagnostics, checker.Check(s)...)
	}
	if failed(a.Diagnostics) {
		return a
	}
	if claimer, can := config.(Claimer); can {
		claims := claimer.Claims(s)
		a.Claims, a.SpeaksTo, a.HearsFrom = claims.Takes, claims.SpeaksTo, claims.HearsFrom
	}
	if capable, can := config.(Capable); can {
		a.Capabilities = capable.Capabilities()
	}
	return a
}

// failed reports whether one of the diagnostics is an error.
func failed(list []Diagnostic) bool {
	for _, d := range list {
		if d.Severity == core.SeverityError {
			return true
		}
	}
	return false
}
