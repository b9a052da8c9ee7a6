package mock

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Send remembers messages, unless the configuration says otherwise.
func (e *endpoint) Send(ctx context.Context, messages []sdk.Message) error {
	if err := e.misbehave(ctx); err != nil {
		e.failed.Add(int64(len(messages)))
		return err
	}
	failures := e.failures.choose(e.config.Fail, len(messages))
	if err := e.remember(messages, failures); err != nil {
		return &sdk.Failure{Class: core.FailureRetryable, Scope: core.ScopeEndpoint, Attempted: core.AttemptedUnknown,
			Detail: err.Error()}
	}
	e.measure(messages)
	if err := e.loop.pass(ctx, messages); err != nil {
		return err
	}
	if len(failures) > 0 {
		e.failed.Add(int64(len(failures)))
		return &sdk.SendError{Exceptions: failures}
	}
	return nil
}

// misbehave waits or fails as a whole, as the configuration tells.
func (e *endpoint) misbehave(ctx context.Context) error {
	if stall := e.config.StallAfter; stall != nil && e.received.Load() >= int64(*stall) {
		<-ctx.Done()
		return ctx.Err()
	}
	if e.config.Disconnect != nil && e.outage.away(e.config.Disconnect, e.received.Load(), e.instance.Report) {
		return &sdk.Failure{Class: core.FailureRetryable, Scope: core.ScopeEndpoint, Attempted: core.AttemptedNo,
			Detail: "the mock is disconnected, as configured"}
	}
	if e.config.ConfirmAfter == 0 {
		return nil
	}
	timer := time.NewTimer(e.config.ConfirmAfter)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// measure counts how long the messages took, and tells the window how far they have come.
func (e *endpoint) measure(messages []sdk.Message) {
	if e.latency != nil {
		e.latency.take(messages, time.Now())
	}
	if e.teller != nil {
		e.teller.tell(number(messages[len(messages)-1].ID))
	}
}

// remember counts and records all messages but those that fail.
func (e *endpoint) remember(messages []sdk.Message, failures []sdk.Exception) error {
	var lines []byte
	for i := range messages {
		if len(failures) > 0 && failures[0].Index == i {
			failures = failures[1:]
			continue
		}
		e.received.Add(1)
		e.receivedBytes.Add(int64(len(messages[i].Payload)))
		if e.record != nil {
			lines = appendLine(lines, &messages[i])
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if _, err := e.record.Write(lines); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// line is one message in the record; payloads that are not UTF-8 are in base64.
type line struct {
	ID         string            `json:"id"`
	Source     string            `json:"source"`
	Text       *string           `json:"text,omitempty"`
	Bytes      []byte            `json:"base64,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

func appendLine(lines []byte, m *sdk.Message) []byte {
	l := line{ID: m.ID.String(), Source: m.Source}
	if text := string(m.Payload); utf8.ValidString(text) {
		l.Text = &text
	} else {
		l.Bytes = m.Payload
	}
	if m.Header != nil && len(m.Header.Attributes) > 0 {
		l.Attributes = make(map[string]string)
		for _, a := range m.Header.Attributes {
			l.Attributes[a.Name] = a.Value
		}
	}
	encoded, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings and bytes can always be encoded
	}
	return append(append(lines, encoded...), '\n')
}

// failures chooses the messages that fail.
type failures struct {
	mu         sync.Mutex
	seen, done int
}

var (
	classes = map[string]core.FailureClass{
		"retryable": core.FailureRetryable, "throttled": core.FailureThrottled, "permanent": core.FailurePermanent,
		"too-large": core.FailureTooLarge,
	}
	scopes   = map[string]core.FailureScope{"message": core.ScopeMessage, "endpoint": core.ScopeEndpoint}
	attempts = map[string]core.Attempted{"no": core.AttemptedNo, "yes": core.AttemptedYes, "unknown": core.AttemptedUnknown}
)

// choose says which of the next n messages fail.
func (f *failures) choose(c *failing, n int) []sdk.Exception {
	if c == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var chosen []sdk.Exception
	for i := range n {
		f.seen++
		if f.seen%c.Each != 0 || c.Times > 0 && f.done >= c.Times {
			continue
		}
		f.done++
		chosen = append(chosen, c.exception(i))
	}
	return chosen
}

func (c *failing) exception(index int) sdk.Exception {
	if c.Class == "no-recipient" {
		return sdk.Exception{Index: index, Count: 1, Outcome: core.OutcomeNoRecipient}
	}
	f := &sdk.Failure{
		Class: classes[c.Class], Scope: scopes[c.Scope], Attempted: attempts[c.Attempted],
		Detail: "the mock fails, as configured",
	}
	if f.Class == core.FailureThrottled {
		f.RetryAfter = c.RetryAfter
	}
	return sdk.Exception{Index: index, Count: 1, Outcome: core.OutcomeFailed, Failure: f}
}

// outage is the imagined other side's absence: once.
type outage struct {
	mu    sync.Mutex
	since time.Time
	over  bool
}

// away reports whether the other side is away now, and tells the hub when that changes.
func (o *outage) away(c *outageConfig, received int64, report func(sdk.Event)) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.over || received < int64(c.After):
		return false
	case o.since.IsZero():
		o.since = time.Now()
		report(sdk.Event{Kind: core.EventDisconnected, Cause: "the mock is disconnected, as configured"})
		return true
	case time.Since(o.since) < c.For:
		return true
	}
	o.over = true
	report(sdk.Event{Kind: core.EventConnected})
	return false
}
