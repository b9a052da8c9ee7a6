package host

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/isolation"
)

// EndpointStatus is an endpoint at one moment.
type EndpointStatus struct {
	State core.State
	Since time.Time
	// Cause says why it is not ready, empty where it is.
	Cause string
	// Restarts counts the openings after its plugin or its stream had ended, those that were planned aside.
	Restarts int
	// Received counts messages that its inlet got, ReceivedBytes their payloads.
	Received, ReceivedBytes uint64
	// Rejected counts what was refused from the plugin, by kind: messages, attributes, streams; see refusal.
	Rejected map[string]uint64
	// Gaps counts the times that messages may have been missed outside, Missed the messages where known.
	Gaps, Missed uint64
}

// endpointStatus keeps an endpoint's state. Its methods may be called by any goroutine.
type endpointStatus struct {
	journal *journal
	name    string
	// noun is what the instance is.
	noun string
	// isolation is what the plugin is kept to.
	isolation isolation.Settings

	*tally

	mu sync.Mutex
	// phase is the state save what enabled and degraded make of ready, and degraded of draining.
	phase    core.State
	enabled  bool
	degraded bool
	trouble  string // the cause of degraded
	shown    EndpointStatus
}

// tally is an endpoint's numbers, which the next one of its name goes on with.
type tally struct {
	received, receivedBytes, gaps, missed, restarts atomic.Uint64

	refused [refusalCount]atomic.Uint64
}

// Continue lets the endpoint, which is not open yet, go on with the numbers of the one whose place it takes.
func (e *Endpoint) Continue(before *Endpoint) { e.status.tally = before.status.tally }

func newEndpointStatus(instance Instance, log *journal) *endpointStatus {
	return &endpointStatus{journal: log, name: instance.Name, noun: "endpoint", enabled: instance.Enabled, tally: &tally{},
		shown: EndpointStatus{State: core.StateDeclared, Since: time.Now()}}
}

func (s *endpointStatus) snapshot() EndpointStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.shown
	out.Received, out.ReceivedBytes = s.received.Load(), s.receivedBytes.Load()
	out.Gaps, out.Missed, out.Restarts = s.gaps.Load(), s.missed.Load(), int(s.restarts.Load())
	out.Rejected = make(map[string]uint64)
	for i := range s.refused {
		if n := s.refused[i].Load(); n > 0 {
			out.Rejected[refusal(i).String()] = n
		}
	}
	return out
}

func (s *endpointStatus) starting()           { s.enter(core.StateStarting, "") }
func (s *endpointStatus) draining()           { s.enter(core.StateDraining, "") }
func (s *endpointStatus) stopped()            { s.enter(core.StateStopped, "") }
func (s *endpointStatus) failed(cause error)  { s.enter(core.StateFailed, cause.Error()) }
func (s *endpointStatus) backoff(cause error) { s.enter(core.StateBackoff, plain(cause).Error()) }
func (s *endpointStatus) ready()              { s.enter(core.StateReady, "") }
func (s *endpointStatus) refuse(r refusal)    { s.refused[r].Add(1) }
func (s *endpointStatus) count(messages, bytes int) {
	s.received.Add(uint64(messages))
	s.receivedBytes.Add(uint64(bytes))
}

// lost is told that the process is gone; an endpoint that was not open has lost nothing.
func (s *endpointStatus) lost(cause error) {
	s.mu.Lock()
	open := s.phase != core.StateDeclared && s.phase != core.StateStopped && s.phase != core.StateFailed
	s.mu.Unlock()
	if open {
		s.backoff(cause)
	}
}

// interrupted is told that a stream ended though its process lives.
func (s *endpointStatus) interrupted(cause error) {
	s.enter(core.StateBackoff, "its stream ended: "+plain(cause).Error())
}

// begins is told, when the instance is open, why it can't reach its other side; empty: it can.
func (s *endpointStatus) begins(trouble string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.degraded, s.trouble = trouble != "", s.explained(trouble)
}

func (s *endpointStatus) reopened() { s.restarts.Add(1) }

func (s *endpointStatus) setEnabled(enabled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enabled = enabled
	s.show(s.shown.Cause)
}

func (s *endpointStatus) enter(phase core.State, cause string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if phase == core.StateReady && s.phase == core.StateDraining {
		return
	}
	s.phase = phase
	s.show(cause)
}

// event takes news from the endpoint.
func (s *endpointStatus) event(e core.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case core.EventGap:
		s.gaps.Add(1)
		s.missed.Add(e.Missed)
		attributes := []slog.Attr{slog.String("endpoint", s.name), slog.String("cause", e.Cause)}
		if e.Missed > 0 {
			attributes = append(attributes, slog.Uint64("missed", e.Missed))
		}
		s.journal.note(slog.LevelWarn, "messages may have been missed", attributes...)
	case core.EventDegraded, core.EventDisconnected:
		s.degraded, s.trouble = true, s.explained(e.Cause)
		s.show(s.trouble)
	case core.EventConnected, core.EventRecovered:
		s.degraded = false
		s.show("")
	}
}

// show derives the state that people see and logs the change. The caller holds the lock.
func (s *endpointStatus) show(cause string) {
	state := s.phase
	open := state == core.StateReady || state == core.StateDraining
	switch {
	case state == core.StateReady && !s.enabled:
		state = core.StateDisabled
	case open && s.degraded:
		state, cause = core.StateDegraded, s.trouble
	}
	if state == core.StateReady || state == core.StateDisabled {
		cause = ""
	}
	if state == s.shown.State {
		s.shown.Cause = cause
		return
	}
	s.shown.State, s.shown.Since, s.shown.Cause = state, time.Now(), cause
	level := slog.LevelInfo
	if state == core.StateDegraded || state == core.StateBackoff || state == core.StateFailed {
		level = slog.LevelWarn
	}
	attributes := []slog.Attr{slog.String(s.noun, s.name)}
	if cause != "" {
		attributes = append(attributes, slog.String("cause", cause))
	}
	s.journal.note(level, s.noun+" is "+state.String(), attributes...)
}
