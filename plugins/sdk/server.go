package sdk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// server answers the hub's calls. Errors carry codes for the hub to branch on: NotFound for an id or instance that
// is not there, AlreadyExists, InvalidArgument for a configuration that does not decode and for a permanent Failure,
// Internal for a panic, DeadlineExceeded and Canceled, and FailedPrecondition for all that a later attempt may mend.
type server struct {
	pluginv1.UnimplementedPluginServiceServer
	plugin Plugin
	log    *slog.Logger

	mu        sync.Mutex
	instances map[string]*instance
}

func newServer(p Plugin, log *slog.Logger) *server {
	return &server{plugin: p, log: log, instances: make(map[string]*instance)}
}

// GetInfo describes the plugin.
func (s *server) GetInfo(context.Context, *pluginv1.GetInfoRequest) (*pluginv1.GetInfoResponse, error) {
	return wire.ToInfo(s.plugin.Info()), nil
}

// ValidateConfig checks one instance's configuration.
func (s *server) ValidateConfig(_ context.Context, r *pluginv1.ValidateConfigRequest) (*pluginv1.ValidateConfigResponse, error) {
	typ, err := s.typeOf(r.GetInstance())
	if err != nil {
		return nil, err
	}
	var a core.Assessment
	err = guard(s.log, "Check, Claims or Capabilities", func() error {
		a = typ.assess(setting(r.Instance), r.Instance.ConfigJson)
		return nil
	})
	if err != nil {
		return nil, codedError(err, "check %s", r.Instance.Name)
	}
	return wire.ToAssessment(a), nil
}

// Open makes an instance.
func (s *server) Open(ctx context.Context, r *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	typ, err := s.typeOf(r.GetInstance())
	if err != nil {
		return nil, err
	}
	name := r.Instance.Name
	config := typ.newConfig()
	if found := decodeConfig(r.Instance.ConfigJson, config); failed(found) {
		return nil, status.Errorf(codes.InvalidArgument, "open %s: %s", name, found[0].Summary)
	}
	i := newInstance(typ, Instance{
		Setting: setting(r.Instance), Incarnation: r.Incarnation, Inbound: r.Inbound, Outbound: r.Outbound,
		Log: s.log.With("endpoint", name),
	}, config)
	if !s.add(i) {
		return nil, status.Errorf(codes.AlreadyExists, "open %s: it is open", name)
	}
	if err := i.start(ctx, r.Enabled); err != nil {
		s.remove(i)
		return nil, codedError(err, "open %s", name)
	}
	return &pluginv1.OpenResponse{Degraded: i.events.present()}, nil
}

// SetEnabled switches an instance.
func (s *server) SetEnabled(ctx context.Context, r *pluginv1.SetEnabledRequest) (*pluginv1.SetEnabledResponse, error) {
	i, err := s.find(r.Name)
	if err != nil {
		return nil, err
	}
	if err := i.setEnabled(ctx, r.Enabled); err != nil {
		return nil, codedError(err, "switch %s", r.Name)
	}
	return &pluginv1.SetEnabledResponse{}, nil
}

// SetDirections changes which directions of an instance routes use.
func (s *server) SetDirections(ctx context.Context, r *pluginv1.SetDirectionsRequest) (*pluginv1.SetDirectionsResponse, error) {
	i, err := s.find(r.Name)
	if err != nil {
		return nil, err
	}
	if err := i.setDirections(ctx, r.Inbound, r.Outbound); err != nil {
		return nil, codedError(err, "direct %s", r.Name)
	}
	return &pluginv1.SetDirectionsResponse{}, nil
}

// Drain ends one direction of an instance.
func (s *server) Drain(ctx context.Context, r *pluginv1.DrainRequest) (*pluginv1.DrainResponse, error) {
	i, err := s.find(r.Name)
	if err != nil {
		return nil, err
	}
	frames, err := i.drain(ctx, core.Direction(r.Direction))
	if err != nil {
		return nil, codedError(err, "drain %s", r.Name)
	}
	return &pluginv1.DrainResponse{Frames: frames}, nil
}

// Close ends an instance.
func (s *server) Close(ctx context.Context, r *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	i, err := s.find(r.Name)
	if err != nil {
		return &pluginv1.CloseResponse{}, nil
	}
	defer s.remove(i)
	if err := i.end(ctx, CloseReason(r.Reason), r.Frames); err != nil {
		return nil, codedError(err, "close %s", r.Name)
	}
	return &pluginv1.CloseResponse{}, nil
}

// Inspect reads an instance's figures.
func (s *server) Inspect(_ context.Context, r *pluginv1.InspectRequest) (*pluginv1.InspectResponse, error) {
	i, err := s.find(r.Name)
	if err != nil {
		return nil, err
	}
	inspection, err := i.inspect()
	if err != nil {
		return nil, codedError(err, "inspect %s", r.Name)
	}
	return wire.ToInspection(inspection), nil
}

// closeAll ends every instance at once, within limit.
func (s *server) closeAll(limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	s.mu.Lock()
	var open []*instance
	for _, i := range s.instances {
		open = append(open, i)
	}
	s.mu.Unlock()
	ended := make(chan struct{}, len(open))
	for _, i := range open {
		go func() {
			if err := i.end(ctx, CloseShutdown, 0); err != nil {
				i.log.Error("the endpoint did not close", "error", err)
			}
			s.remove(i)
			ended <- struct{}{}
		}()
	}
	for range open {
		select {
		case <-ended:
		case <-ctx.Done():
			return
		}
	}
}

func (s *server) typeOf(c *pluginv1.InstanceConfig) (*Type, error) {
	for n := range s.plugin.Types {
		if t := &s.plugin.Types[n]; t.info.ID == c.GetId() {
			return t, nil
		}
	}
	return nil, status.Errorf(codes.NotFound, "plugin %s has no id %q", s.plugin.Name, c.GetId())
}

func (s *server) find(name string) (*instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.instances[name]; i != nil {
		return i, nil
	}
	return nil, status.Errorf(codes.NotFound, "%s is not open", name)
}

func (s *server) add(i *instance) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.instances[i.name] != nil {
		return false
	}
	s.instances[i.name] = i
	return true
}

func (s *server) remove(i *instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.instances[i.name] == i {
		delete(s.instances, i.name)
	}
}

// setting reads what an instance may take from its surroundings.
func setting(c *pluginv1.InstanceConfig) Setting {
	e := c.GetEnvironment()
	s := Setting{
		Name: c.Name, ServerPort: int(e.GetServerPort()), Bind: e.GetBind(), MaxMessage: int(e.GetMaxMessage()),
		BaseDir: e.GetBaseDir(), Hub: e.GetHub(),
	}
	if s.MaxMessage == 0 {
		s.MaxMessage = wire.DefaultMaxMessage
	}
	s.MaxMessage = min(s.MaxMessage, answerLimit)
	return s
}
