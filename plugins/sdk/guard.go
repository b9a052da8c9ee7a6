package sdk

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// panicError is an author's panic, caught.
type panicError struct {
	method string
	value  any
	stack  []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("%s panicked: %v", p.method, p.value) }

// guard calls an author's function, known to the author as method, and returns its panic as a *panicError, logged here because the stack is of no use
// to the hub.
func guard(log *slog.Logger, method string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			p := &panicError{method: method, value: v, stack: debug.Stack()}
			log.Error("the plugin panicked", "method", method, "panic", fmt.Sprint(v), "stack", string(p.stack))
			err = p
		}
	}()
	return f()
}
