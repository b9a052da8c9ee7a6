package host

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/isolation"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// Plugin is a supervised program and the endpoints it serves, through all lives of its process. Its methods may be
// called by any goroutine.
type Plugin struct {
	host    *Host
	spec    Spec
	info    core.PluginInfo
	journal *journal
	// stopping ends the supervisor, which closes ended.
	stopping context.Context
	stop     context.CancelFunc
	ended    chan struct{}
	// successors are handed to the supervisor.
	successors chan *Successor

	mu        sync.Mutex
	policy    RestartPolicy
	process   *process // nil while there is none
	stamp     stamp    // of the file which the latest process was started from
	endpoints []*Endpoint
	// assessed are the capabilities of instances as Validate found them.
	assessed map[string]core.Capabilities
	status   PluginStatus
	failure  error
}

// PluginStatus is a plugin at one moment.
type PluginStatus struct {
	Name, Version, Path string
	// PID of the process, 0 while there is none.
	PID   int
	State core.State
	Since time.Time
	// Restarts counts the starts after its process had ended, Replaced the successors that took over.
	Restarts, Replaced int
	LastError          string
	// Heard is how long ago the quietest of its endpoints' streams last brought a frame, -1 where none stands.
	Heard time.Duration
	// Isolation is what its latest process is kept to.
	Isolation isolation.Outcome
	// Log is the newest lines that it printed, at most 50, safe to show.
	Log []string
}

// Start starts a plugin and asks it what it offers, within 10 s. The error of a program that does not become a plugin
// quotes its last output. From then on the plugin is started again whenever it ends, until Stop.
func (h *Host) Start(ctx context.Context, spec Spec) (*Plugin, error) {
	spec.Restart = spec.Restart.withDefaults()
	log := newJournal(h.options.Log, spec.Name)
	proc, info, err := h.startProcess(ctx, spec, log)
	if err != nil {
		return nil, &Error{Plugin: spec.Name, Kind: ErrorStart, Err: err}
	}
	p := &Plugin{
		host: h, spec: spec, policy: spec.Restart, info: info, journal: log, ended: make(chan struct{}), process: proc, stamp: proc.stamp,
		successors: make(chan *Successor),
		assessed:   make(map[string]core.Capabilities),
		status: PluginStatus{
			Name: spec.Name, Version: info.Version, Path: spec.Path, State: core.StateReady, Since: time.Now(),
			Isolation: proc.isolation,
		},
	}
	p.stopping, p.stop = context.WithCancel(context.Background())
	go p.supervise(proc)
	return p, nil
}

// Info is what the plugin offered at its start. Kinds and capabilities are the same in all of its lives.
func (p *Plugin) Info() core.PluginInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.info
}

// Status describes the plugin as it is now.
func (p *Plugin) Status() PluginStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.status
	if p.process != nil {
		s.PID = p.process.child.pid()
	}
	s.Heard = p.heard()
	s.Log = p.journal.last(keptLines)
	return s
}

// SetRestart changes when the plugin is started again, from its next end on.
func (p *Plugin) SetRestart(policy RestartPolicy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.policy = policy.withDefaults()
}

func (p *Plugin) restartPolicy() RestartPolicy {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.policy
}

// Stop ends the plugin's process and its supervision. Its endpoints should be closed before. It returns when the
// process is gone: when it does not end by itself within 5 s or before ctx ends, it is killed with all it started.
func (p *Plugin) Stop(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, p.host.limits.stop)
	defer cancel()
	p.stop()
	<-p.ended
	p.mu.Lock()
	proc := p.process
	p.process = nil
	endpoints := p.endpoints
	p.mu.Unlock()
	if proc != nil {
		proc.stop(bounded)
	}
	for _, e := range endpoints {
		e.detached()
		e.status.stopped()
	}
	p.setState(core.StateStopped, nil)
}

// Validate asks whether an instance's configuration is right. It opens nothing.
func (p *Plugin) Validate(ctx context.Context, instance Instance) (core.Assessment, error) {
	proc, err := p.running(instance.Name)
	if err != nil {
		return core.Assessment{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.host.limits.call)
	defer cancel()
	answer, err := proc.client.ValidateConfig(ctx, &pluginv1.ValidateConfigRequest{Instance: p.host.config(instance)})
	if err != nil {
		return core.Assessment{}, callError(p.spec.Name, instance.Name, proc.fate(err))
	}
	assessment := wire.FromAssessment(answer)
	for i := range assessment.Diagnostics {
		d := &assessment.Diagnostics[i]
		d.Detail = strings.TrimSpace(d.Detail + " " + p.spec.Isolation.Denial(d.Summary+" "+d.Detail))
	}
	if answer.Capabilities == nil {
		assessment.Capabilities = p.capabilities(instance)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.assessed[instance.Name] = assessment.Capabilities
	return assessment, nil
}

// capabilities are what an instance can do: as assessed, else what its id can do.
func (p *Plugin) capabilities(instance Instance) core.Capabilities {
	p.mu.Lock()
	defer p.mu.Unlock()
	if instance.Capabilities != (core.Capabilities{}) {
		return instance.Capabilities
	}
	if c, found := p.assessed[instance.Name]; found {
		return c
	}
	return offered(p.info, instance.ID)
}

// offered is what an id can do.
func offered(info core.PluginInfo, id string) core.Capabilities {
	for _, t := range info.Types {
		if t.ID == id {
			return t.Capabilities
		}
	}
	return core.Capabilities{}
}

// Add makes an endpoint of the plugin. Nothing is opened yet. inlet may be nil where instance.Inbound is false.
func (p *Plugin) Add(instance Instance, inlet Inlet) *Endpoint {
	e := newEndpoint(p, instance, inlet)
	e.status.isolation = p.spec.Isolation
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endpoints = append(p.endpoints, e)
	return e
}

// running returns the process that is there now, for a call about an endpoint.
func (p *Plugin) running(endpoint string) (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.process != nil:
		return p.process, nil
	case p.failure != nil:
		return nil, &Error{Plugin: p.spec.Name, Endpoint: endpoint, Kind: ErrorFailed,
			Err: fmt.Errorf("its plugin was given up: %w", p.failure)}
	case p.stopping.Err() != nil:
		return nil, &Error{Plugin: p.spec.Name, Endpoint: endpoint, Kind: ErrorFailed, Err: errStopped}
	}
	return nil, &Error{Plugin: p.spec.Name, Endpoint: endpoint, Kind: ErrorGone, Retryable: true, Err: errNoProcess}
}

func (p *Plugin) setState(state core.State, cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status.State != state {
		p.status.State, p.status.Since = state, time.Now()
	}
	if cause != nil {
		p.status.LastError = cause.Error()
	}
}
