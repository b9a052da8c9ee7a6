package host

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/isolation"
	pluginv1 "github.com/araldo-relay/araldo/proto/araldo/plugin/v1"
	"github.com/araldo-relay/araldo/proto/wire"
)

// process is one life of a plugin: a child that greeted, and the connection to it.
type process struct {
	child  *child
	conn   *grpc.ClientConn
	client pluginv1.PluginServiceClient
	// ctx ends when the process has ended.
	ctx context.Context
	// stamp is that of the file which the program was started from.
	stamp stamp
	// isolation is what became of settings, which it was to be kept to.
	isolation isolation.Outcome
	settings  isolation.Settings
}

// startProcess starts a program and asks it what it is. limits.start bounds all of it; when that or ctx ends, the
// process is killed.
func (h *Host) startProcess(ctx context.Context, spec Spec, log *journal) (*process, core.PluginInfo, error) {
	if err := h.checkRuntimeDir(); err != nil {
		return nil, core.PluginInfo{}, err
	}
	bounded, cancel := context.WithTimeout(ctx, h.limits.start)
	defer cancel()
	if spec.Reattach != "" {
		return h.reattach(bounded, spec, log)
	}
	from, err := spec.program(bounded)
	if err != nil {
		return nil, core.PluginInfo{}, err
	}
	defer from.close()
	c, address, err := h.startChild(bounded, spec, from, log)
	if err != nil {
		return nil, core.PluginInfo{}, err
	}
	p, info, err := connect(bounded, c, address)
	if err == nil {
		p.stamp = from.stamp
		p.settings = spec.Isolation
		p.isolation, _ = c.confinement.result() // it greeted, so there was no error
		return p, info, nil
	}
	c.kill("it did not answer")
	<-c.done
	return nil, core.PluginInfo{}, c.explain(bounded, h, err)
}

// startChild starts the program and reads its handshake.
func (h *Host) startChild(ctx context.Context, spec Spec, from program, log *journal) (*child, string, error) {
	log.begin()
	var c *child
	var unhook func() bool
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  wire.Handshake,
		Plugins:          goplugin.PluginSet{},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		SkipHostEnv:      true,
		// ctx ends first, and tells apart who gave up.
		StartTimeout:     h.limits.start + time.Second,
		Logger:           hclog.NewNullLogger(),
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: h.options.RuntimeDir},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			c = newChild(from.path, []string{from.shown}, append(spec.environment(dir), cmd.Env...), dir, log)
			unhook = context.AfterFunc(ctx, func() { c.kill("it was not ready in time") })
			c.confine(spec.Isolation, from)
			return c, nil
		},
	})
	// The client is never asked for its own connection, which would bring a broker, nor to Kill, which would dial a
	// process that is gone: the child clears up after itself, and the client's goroutines end with its output.
	address, err := client.Start()
	if c == nil {
		return nil, "", err
	}
	unhook()
	if err != nil {
		c.kill("it did not become a plugin")
		<-c.done
		return nil, "", c.explain(ctx, h, err)
	}
	return c, address.String(), nil
}

// explain makes the error of a start that failed, for people: what happened and what the program printed last. The
// child has ended.
func (c *child) explain(ctx context.Context, h *Host, err error) error {
	state := c.cmd.ProcessState
	_, confined := c.confinement.result()
	var text string
	switch {
	case state == nil:
		return err
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		text = fmt.Sprintf("it was not ready within %v", h.limits.start)
	case ctx.Err() != nil:
		return ctx.Err()
	case confined != nil:
		return confined
	case state.Exited():
		text = "it ended with " + state.String() + " before it was ready"
	default:
		text = printable(plain(err).Error(), 300)
	}
	if last := c.journal.quote(); last != "" {
		return fmt.Errorf("%s; its last output: %s", text, last)
	}
	return fmt.Errorf("%s; it printed nothing", text)
}

// connect opens the connection, asks for the description and begins to read what the plugin prints from now on.
func connect(ctx context.Context, c *child, address string) (*process, core.PluginInfo, error) {
	conn, err := dial(address)
	if err != nil {
		return nil, core.PluginInfo{}, err
	}
	p := &process{child: c, conn: conn, client: pluginv1.NewPluginServiceClient(conn)}
	answer, err := p.client.GetInfo(ctx, &pluginv1.GetInfoRequest{})
	if err != nil {
		_ = conn.Close()
		return nil, core.PluginInfo{}, err
	}
	var end context.CancelFunc
	p.ctx, end = context.WithCancel(context.Background())
	var reading sync.WaitGroup
	reading.Go(p.readStdio)
	go func() {
		<-c.done
		_ = conn.Close()
		reading.Wait()
		end()
	}()
	return p, wire.FromInfo(answer), nil
}

// stop asks the process to end and waits; when ctx ends, it is killed.
func (p *process) stop(ctx context.Context) {
	unhook := context.AfterFunc(ctx, func() { p.child.kill("it did not end in time") })
	defer unhook()
	if p.child.foreign {
		p.child.kill("the hub let go of it")
	} else {
		p.child.release()
		p.shutdown(ctx)
	}
	<-p.ctx.Done()
}

// ended reports whether the process has ended.
func (p *process) ended() bool { return p.ctx.Err() != nil }

// broke reports whether a call ended with the connection. Where that was closed because the process had ended, it looks like a
// call that was given up.
func (p *process) broke(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable:
		return true
	case codes.Canceled:
		select {
		case <-p.child.done:
			return true
		default:
		}
	}
	return false
}

// dying is how long a process whose connection broke is given to end by itself, so that its own end is the cause that
// people see.
const dying = 500 * time.Millisecond

// died reports whether the process has ended or does so within dying.
func (p *process) died() bool {
	select {
	case <-p.ctx.Done():
		return true
	case <-time.After(dying):
		return false
	}
}

// fate is the error of a call at the process: where the call broke off because the process died, how it ended; where its
// sandbox denied something, what allows it.
func (p *process) fate(err error) error {
	if s, said := status.FromError(err); said && s.Code() != codes.OK {
		err = status.Error(s.Code(), explained(p.settings, s.Message()))
	}
	if p.broke(err) && p.died() {
		return status.Error(codes.Unavailable, "its plugin is gone: "+p.child.cause())
	}
	return err
}
