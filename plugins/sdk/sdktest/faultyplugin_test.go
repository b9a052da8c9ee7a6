package sdktest

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

type faultyConfig struct {
	Record  string `key:"record"`
	Made    int    `key:"made" default:"0"`
	Stalled bool   `key:"stalled" default:"false"`
	Refused bool   `key:"refused" default:"false"`
}

func (c *faultyConfig) Check(sdk.Setting) []sdk.Diagnostic {
	if c.Made < 0 && fault != "takes any configuration" {
		return []sdk.Diagnostic{{Severity: core.SeverityError, Path: "/made", Summary: "below 0"}}
	}
	return nil
}

var faulty = sdk.Plugin{Name: "faulty", Version: "1", Types: []sdk.Type{
	sdk.Endpoint("endpoint-faulty", "does one thing wrong", sdk.Capabilities{
		Inbound:  &sdk.Inbound{Ack: core.AckMessage, Replay: core.ReplayPending},
		Outbound: &sdk.Outbound{},
	}, openFaulty),
	sdk.Marshalling("marshal-faulty", "texts without blanks", func(sdk.Setting, struct{}) (sdk.Marshaller, error) {
		return &faultyMarshalling{}, nil
	}),
}}

func openFaulty(_ context.Context, _ sdk.Instance, c faultyConfig) (sdk.Closer, error) {
	switch fault {
	case "leaks goroutines":
		go func() { select {} }()
	case "obeys SIGTERM":
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		go func() {
			<-terminated
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // os.Exit takes a second with the race detector
		}()
	}
	return &faultyEndpoint{config: c, again: make(chan []string, 100)}, nil
}

// large is the payload of the second message that is brought in.
var large = bytes.Repeat([]byte("m"), 1<<16)

// faultyEndpoint brings in `made` numbered messages and records what it is sent.
type faultyEndpoint struct {
	config faultyConfig
	again  chan []string
	mu     sync.Mutex
	taken  int
}

func (e *faultyEndpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	var tokens []string
	for i := range e.config.Made {
		tokens = append(tokens, fmt.Sprint("message ", i+1))
	}
	if fault == "emits after the drain" {
		go func() { _ = emit(context.Background(), make([]sdk.Message, 4000), make([]string, 4000)...) }()
	}
	for {
		if fault == "reverses what it brings in" {
			slices.Reverse(tokens)
		}
		list := make([]sdk.Message, len(tokens))
		for i := range list {
			if list[i].Payload = cut([]byte(tokens[i])); tokens[i] == "message 2" {
				list[i].Payload = cut(large)
			}
			if fault == "reuses an id" {
				list[i].ID = core.ID{1}.Add(uint64(i % 100))
			}
		}
		if err := emit(ctx, list, tokens...); err != nil {
			return err
		}
		select {
		case tokens = <-e.again:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *faultyEndpoint) Settle(_ context.Context, settled, returned []string) error {
	switch fault {
	case "brings settled ones again":
		returned = append(slices.Clone(settled), returned...)
	case "forgets returned ones":
		return nil
	}
	if len(returned) > 0 {
		e.again <- returned
	}
	return nil
}

func (e *faultyEndpoint) Send(ctx context.Context, messages []sdk.Message) error {
	if fault == "never ends on cancel" {
		select {}
	}
	if e.config.Stalled && fault != "lies about confirm" {
		<-ctx.Done()
		return ctx.Err()
	}
	if e.config.Refused {
		return e.refuse(messages)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var lines []string
	for i := range messages {
		payload := messages[i].Payload
		if e.taken++; fault == "loses a message" && e.taken%100 == 0 {
			continue
		}
		lines = append(lines, "x"+hex.EncodeToString(cut(payload))+"\n")
	}
	if fault == "loses order" {
		slices.Reverse(lines)
	}
	if err := e.write(strings.Join(lines, "")); err != nil {
		return err
	}
	if fault == "refuses a message" && e.taken > 1000 || fault == "refuses everything" {
		return &sdk.Failure{Class: core.FailurePermanent, Scope: core.ScopeMessage, Detail: "no"}
	}
	return nil
}

// refuse says that the other side takes none of the messages.
func (e *faultyEndpoint) refuse(messages []sdk.Message) error {
	if fault == "swallows errors" {
		return nil
	}
	return &sdk.Failure{Class: core.FailurePermanent, Scope: core.ScopeMessage, Attempted: core.AttemptedYes, Detail: "refused"}
}

// Drain implements sdk.Drainer.
func (e *faultyEndpoint) Drain(ctx context.Context, _ sdk.Direction) error {
	if fault == "hangs in drain" {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func cut(payload []byte) []byte {
	if fault == "changes a payload" && string(payload) == "message 7" {
		return []byte("massage 7")
	}
	if fault != "cuts large messages" {
		return payload
	}
	return payload[:min(len(payload), 1000)]
}

func (e *faultyEndpoint) write(lines string) error {
	if e.config.Record == "" {
		return nil
	}
	file, err := os.OpenFile(e.config.Record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = file.WriteString(lines)
	return err
}

func (e *faultyEndpoint) SetEnabled(context.Context, bool) error {
	if fault == "can't be switched" {
		return errors.New("no switch")
	}
	return nil
}

func (e *faultyEndpoint) Close(context.Context, sdk.CloseReason) error {
	switch fault {
	case "hangs while closing":
		select {}
	case "panics while closing":
		panic("closing")
	}
	return nil
}
