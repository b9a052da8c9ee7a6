package client

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// Type is endpoint-websocket-client. The server acknowledges nothing and keeps nothing for us, so neither does the
// endpoint; while the hub takes nothing the server is not read, which holds it back.
var Type = sdk.Endpoint("endpoint-websocket-client", "connects to a foreign WebSocket server (RFC 6455)", abilities, open)

var abilities = sdk.Capabilities{
	Inbound: &sdk.Inbound{Ack: core.AckNone, Replay: core.ReplayNone, Pausable: true,
		Limit: "a WebSocket server can't be asked to send a message again"},
	Outbound: &sdk.Outbound{Confirm: core.ConfirmWritten,
		Limit: "WebSocket has no receipts: what is written to a connection can be lost with it"},
}

// endpoint keeps one connection to a server standing.
type endpoint struct {
	config   config
	limit    int
	target   target
	header   http.Header
	timing   *timing
	roots    *x509.CertPool // nil: the system's
	idPrefix string
	health   *health
	intake   *intake

	// session is the connection, nil while there is none.
	session atomic.Pointer[session]
	stop    context.CancelFunc
	// farewell is how Close wants the connection to end; set before stop is called.
	farewell func(*session)
	// busy counts the goroutines.
	busy sync.WaitGroup

	connected, received, discarded, sent, tooLarge atomic.Uint64
}

func open(ctx context.Context, in sdk.Instance, c config) (sdk.Closer, error) {
	e := newEndpoint(in, c, usual, nil)
	if in.Enabled {
		ctx, cancel := context.WithTimeout(ctx, usual.greet)
		defer cancel()
		e.health.await(ctx)
	}
	return e, nil
}

// newEndpoint starts to connect; it does not wait for the server.
func newEndpoint(in sdk.Instance, c config, t timing, roots *x509.CertPool) *endpoint {
	at, _ := parseTarget(c.URL) // Check found it right
	ctx, cancel := context.WithCancel(context.Background())
	e := &endpoint{
		config: c, limit: c.limit(in.Setting), target: at, header: headerOf(&c), timing: &t, roots: roots,
		idPrefix: in.Name + "-" + strconv.FormatUint(in.Incarnation, 10) + ".",
		intake:   newIntake(in.Inbound, ctx.Done()), stop: cancel,
		health: &health{target: at.String(), scrub: scrubber(&c, &at), inbound: in.Inbound, report: in.Report,
			log: in.Log, answered: make(chan struct{})},
	}
	e.busy.Go(func() { e.keep(ctx) })
	return e
}

func headerOf(c *config) http.Header {
	header := http.Header{}
	for name, value := range c.Headers {
		header.Set(name, value)
	}
	if c.Origin != "" {
		header.Set("Origin", c.Origin)
	}
	return header
}

// shortSecret is the length in bytes under which a word in an error is no secret that could be told from any other.
const shortSecret = 4

// scrubber takes secrets out of what a server says: it may repeat what it was shown.
func scrubber(c *config, t *target) *strings.Replacer {
	secrets := slices.Clone(t.secrets)
	for _, value := range c.Headers {
		secrets = append(append(secrets, value), strings.Fields(value)...)
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range secrets {
		if len(secret) >= shortSecret {
			pairs = append(pairs, secret, "[redacted]")
		}
	}
	return strings.NewReplacer(pairs...)
}

// keep connects, and again whenever the connection ends, until ctx does.
func (e *endpoint) keep(ctx context.Context) {
	pause := backoff{timing: *e.timing}
	for ctx.Err() == nil {
		s, err := e.dial(ctx)
		if err != nil {
			if ctx.Err() == nil {
				e.health.lost(err)
			}
			pause.wait(ctx)
			continue
		}
		e.stand(ctx, s)
		pause.stood(time.Since(s.since))
		pause.wait(ctx)
	}
}

// stand serves a connection until it ends, or ends it when ctx does.
func (e *endpoint) stand(ctx context.Context, s *session) {
	e.session.Store(s)
	e.health.found(s.peer)
	s.serve(&e.busy)
	select {
	case <-s.parting:
	case <-ctx.Done():
		e.farewell(s)
	}
	e.session.Store(nil)
	if !errors.Is(s.why, errLeaving) {
		e.health.ended(s.why)
	}
	e.busy.Go(s.drop)
}

// Receive lets what the server sends through to emit until ctx ends.
func (e *endpoint) Receive(ctx context.Context, emit sdk.Emit) error {
	return e.intake.Receive(ctx, emit)
}

// SetDirections lets routes begin or cease to read what the server sends. The connection stands in any case.
func (e *endpoint) SetDirections(_ context.Context, inbound, _ bool) error {
	e.intake.SetDirections(inbound)
	e.health.setInbound(inbound)
	return nil
}

// Send writes the messages to the connection. Without one they fail at once, unattempted, so that the hub keeps them.
func (e *endpoint) Send(ctx context.Context, messages []sdk.Message) error {
	s := e.session.Load()
	if s == nil {
		return e.health.away()
	}
	if err := s.send(ctx, messages); err != nil {
		return err
	}
	e.sent.Add(uint64(len(messages)))
	return nil
}

// Drain inbound stops the reading; all that was read is with the hub when it returns. Outbound there is nothing to do:
// Send returns when all is written.
func (e *endpoint) Drain(ctx context.Context, direction sdk.Direction) error {
	if direction == core.DirectionInbound {
		return e.intake.drain(ctx)
	}
	return nil
}

// Close ends the connection in good order, as far as the grace and ctx allow: 1000 where the endpoint is taken away,
// 1001 where the hub ends or it comes back.
func (e *endpoint) Close(ctx context.Context, reason sdk.CloseReason) error {
	code, why := websocket.StatusGoingAway, "going away"
	if reason == sdk.CloseRemoved {
		code, why = websocket.StatusNormalClosure, ""
	}
	e.farewell = func(s *session) { s.close(ctx, code, why) }
	e.stop()
	e.busy.Wait()
	return nil
}

// silence is how long the server may say nothing; 0: for ever.
func (e *endpoint) silence() time.Duration {
	if e.config.PingInterval == 0 {
		return 0
	}
	return e.config.PingInterval + e.timing.pong
}

// Inspect shows the connection, where there is one, and the endpoint's figures.
func (e *endpoint) Inspect() sdk.Inspection {
	var seen sdk.Inspection
	if s := e.session.Load(); s != nil {
		seen.Connections = []sdk.Connection{{ID: s.id, Peer: s.peer, Since: s.since.UnixNano()}}
	}
	counter := func(name string, n uint64) {
		seen.Figures = append(seen.Figures, sdk.Figure{Name: name, Value: int64(n), Counter: true})
	}
	counter("connected", e.connected.Load())
	counter("gaps", e.health.missed())
	counter("received", e.received.Load())
	counter("discarded", e.discarded.Load())
	counter("too-large-received", e.tooLarge.Load())
	counter("sent", e.sent.Load())
	return seen
}
