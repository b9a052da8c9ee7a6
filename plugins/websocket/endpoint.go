package websocket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
	"github.com/araldo-relay/araldo/plugins/websocket/client"
)

// Plugin serves endpoint-websocket and endpoint-websocket-client.
var Plugin = sdk.Plugin{Name: "websocket", Types: []sdk.Type{
	sdk.Endpoint("endpoint-websocket", "WebSocket server for browsers and other clients (RFC 6455)", abilities, open),
	client.Type,
}}

var abilities = sdk.Capabilities{
	Inbound: &sdk.Inbound{Ack: core.AckNone, Replay: core.ReplayNone, Pausable: true,
		Limit: "a WebSocket client can't be asked to send a message again"},
	Outbound: &sdk.Outbound{Confirm: core.ConfirmNone, Addressing: true,
		Limit: "WebSocket has no receipts: what is queued for a connection is lost with it"},
}

// endpoint is one path of a port, and the connections that it has.
type endpoint struct {
	config   Config
	limits   *limits
	path     string
	origins  []origin
	log      *slog.Logger
	idPrefix string
	port     *port

	inlet *inlet
	tally tally
	// slots is how many connections there are, and handshakes about to become one.
	slots   atomic.Int64
	ids     atomic.Uint64
	foreign refusalLog

	mu          sync.RWMutex
	connections map[string]*conn
	enabled     bool
	ended       bool
	// busy counts handshakes, connections and the pinger; none is added once ended is set.
	busy sync.WaitGroup
	// closed is closed when nothing will be delivered any more.
	closed chan struct{}
}

func open(ctx context.Context, in sdk.Instance, config Config) (sdk.Closer, error) {
	return newEndpoint(ctx, in, config, &standard)
}

func newEndpoint(ctx context.Context, in sdk.Instance, config Config, l *limits) (*endpoint, error) {
	e := &endpoint{
		config: config, limits: l, path: config.path(in.Name), log: in.Log,
		idPrefix:    in.Name + "-" + strconv.FormatUint(in.Incarnation, 10) + ".",
		inlet:       newInlet(in.Inbound),
		connections: make(map[string]*conn),
		enabled:     in.Enabled,
		closed:      make(chan struct{}),
	}
	for _, text := range config.Origins {
		pattern, err := parsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("origin %q: %w", text, err)
		}
		e.origins = append(e.origins, pattern)
	}
	files, err := openSite(e, config.folder(in.Setting))
	if err != nil {
		return nil, err
	}
	if e.port, err = ports.mount(ctx, config.address(in.Setting), e.path, e); err != nil {
		return nil, errors.Join(err, files.close())
	}
	if err := e.port.offer(files); err != nil {
		e.port.unmount(e.path)
		return nil, errors.Join(err, files.close())
	}
	if interval := config.PingInterval; interval > 0 {
		e.busy.Go(func() { e.ping(interval) })
	}
	return e, nil
}

// Receive lets what clients send through to emit until ctx ends.
func (e *endpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	return e.inlet.Receive(ctx, emit)
}

// SetDirections lets routes begin or cease to read what clients send. Sending needs nothing.
func (e *endpoint) SetDirections(_ context.Context, inbound, _ bool) error {
	e.inlet.SetDirections(inbound)
	return nil
}

// SetEnabled switches the endpoint. Switched off it closes every connection with 1001 and refuses new ones with 403; it
// returns when they are gone or ctx ends.
func (e *endpoint) SetEnabled(ctx context.Context, enabled bool) error {
	e.mu.Lock()
	e.enabled = enabled
	e.mu.Unlock()
	if enabled {
		return nil
	}
	return e.cutAll(ctx, websocket.StatusGoingAway, "disabled")
}

// Drain inbound stops the reading and keeps the connections; outbound waits until all queues are written.
func (e *endpoint) Drain(ctx context.Context, direction sdk.Direction) error {
	if direction == core.DirectionInbound {
		return e.inlet.drain(ctx)
	}
	for _, c := range e.snapshot() {
		for wait := c.out.flushed(); wait != nil; wait = c.out.flushed() {
			select {
			case <-wait:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// Close ends the endpoint's connections, with 1012 where it comes back at once, else 1001, and takes it off its port.
// What is queued goes out first, as far as the grace and ctx allow. Newcomers get 404 from the beginning; the port
// comes last, because it would take along who has a 101 and is not a connection yet.
func (e *endpoint) Close(ctx context.Context, reason sdk.CloseReason) error {
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	close(e.closed)
	code, why := websocket.StatusGoingAway, "shutting down"
	if reason == sdk.CloseRestart {
		code, why = websocket.StatusServiceRestart, "restarting"
	}
	err := e.cutAll(ctx, code, why)
	for _, c := range e.snapshot() {
		c.fail()
	}
	e.port.withdraw(e)
	e.port.unmount(e.path)
	e.busy.Wait()
	return err
}

// cutAll ends every connection and waits until all are closed, or ctx ends.
func (e *endpoint) cutAll(ctx context.Context, code websocket.StatusCode, why string) error {
	all := e.snapshot()
	for _, c := range all {
		c.cut(code, why, true)
	}
	for _, c := range all {
		select {
		case <-c.written:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// snapshot is the connections at this moment.
func (e *endpoint) snapshot() []*conn {
	e.mu.RLock()
	defer e.mu.RUnlock()
	all := make([]*conn, 0, len(e.connections))
	for _, c := range e.connections {
		all = append(all, c)
	}
	return all
}

// begin counts a handshake in, unless the endpoint has ended. busy.Done ends it.
func (e *endpoint) begin() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.ended {
		return false
	}
	e.busy.Add(1)
	return true
}

// full reports whether every slot is taken.
func (e *endpoint) full() bool {
	most := int64(e.config.MaxConnections)
	return most >= 0 && e.slots.Load() >= most
}

// reserve takes a slot where one is free; release gives it back.
func (e *endpoint) reserve() bool {
	for {
		taken := e.slots.Load()
		if most := int64(e.config.MaxConnections); most >= 0 && taken >= most {
			return false
		}
		if e.slots.CompareAndSwap(taken, taken+1) {
			return true
		}
	}
}

func (e *endpoint) release() { e.slots.Add(-1) }

// adopt makes a connection one that messages go to, unless the endpoint was switched off or closed during the handshake.
func (e *endpoint) adopt(c *conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.adopted = e.enabled && !e.ended; c.adopted {
		e.connections[c.id] = c
	}
}

func (e *endpoint) forget(c *conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.connections, c.id)
}

// ping sends every connection a ping at each interval: its pong shows that the client lives. One held back by credit
// is left alone, because its pong would not be seen.
func (e *endpoint) ping(interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	frame := appendFrameHeader(nil, finPing, 0)
	for {
		select {
		case <-e.closed:
			return
		case <-ticker.C:
		}
		for _, c := range e.snapshot() {
			if !c.held.Load() {
				c.out.enqueueControl(frame)
			}
		}
	}
}

// listenAddress is the address in the form of net.Listen.
func listenAddress(bind string, port int) string { return net.JoinHostPort(bind, strconv.Itoa(port)) }
