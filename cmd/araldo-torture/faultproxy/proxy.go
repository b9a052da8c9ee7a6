package faultproxy

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Weather is what the network is like. The zero value is a good one.
type Weather struct {
	// Hole: nothing passes. Connections stay open, and new ones are accepted, but nobody answers. TCP loses nothing: what
	// was held back passes when the hole is gone, unless the connection was given up meanwhile.
	Hole bool
	// Delay is how much later each byte arrives than it was sent, in both directions.
	Delay time.Duration
}

// Direction is one of a connection's two.
type Direction int

// Both directions of a connection.
const (
	ToServer Direction = iota
	ToClient
)

// Counts is what was done since Listen. It only grows.
type Counts struct {
	// Connections were accepted; Refused those of them whose server was not there.
	Connections, Refused int
	// Reset connections were ended by Reset, Cut ones by Cut.
	Reset, Cut int
	// Held and Delayed are bytes that waited in a hole, or for Delay.
	Held, Delayed int
}

// Proxy relays connections to one server. All methods may be called from any goroutine.
type Proxy struct {
	listener net.Listener
	server   string
	running  sync.WaitGroup

	mu      sync.Mutex
	weather Weather
	// changed is closed and replaced when weather changes.
	changed chan struct{}
	// cut says for each direction whether the next message is to be cut.
	cut    [2]bool
	pairs  map[*pair]bool
	counts Counts
	closed bool
}

// Listen opens a proxy to server, an address as net.Dial takes it, on a free port of loopback. The caller closes it.
func Listen(server string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fault proxy to %s: %w", server, err)
	}
	p := &Proxy{listener: listener, server: server, changed: make(chan struct{}), pairs: map[*pair]bool{}}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is where clients connect.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Counts tells what was done.
func (p *Proxy) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts
}

// Set changes the weather for all connections, the present ones included.
func (p *Proxy) Set(w Weather) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.weather = w
	close(p.changed)
	p.changed = make(chan struct{})
}

// Reset ends all connections at both ends with a TCP reset and returns how many there were.
func (p *Proxy) Reset() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		c.reset()
	}
	p.counts.Reset += len(p.pairs)
	n := len(p.pairs)
	clear(p.pairs)
	return n
}

// Cut has the next bytes that come in that direction, on any connection, relayed by half, and the connection reset then.
func (p *Proxy) Cut(d Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut[d] = true
}

// Close ends all connections and returns when nothing runs any more.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	for c := range p.pairs {
		c.reset()
	}
	p.mu.Unlock()
	err := p.listener.Close()
	p.running.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Descriptors may have run out for a moment; the client sees a connection that does not answer.
			time.Sleep(10 * time.Millisecond)
			continue
		}
		p.running.Go(func() { p.serve(client) })
	}
}

// serve relays one connection until either end has ended it.
func (p *Proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	c, ok := p.admit(client, server)
	if err != nil || !ok {
		c.reset()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { c.relay(ToServer, client, server) })
	both.Go(func() { c.relay(ToClient, server, client) })
	both.Wait()
	p.mu.Lock()
	delete(p.pairs, c)
	p.mu.Unlock()
}

// admit counts a connection. It reports false where it is not to be served; server is nil where it was not there.
func (p *Proxy) admit(client, server net.Conn) (*pair, bool) {
	c := &pair{proxy: p, client: client, server: server, ended: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.Connections++
	if server == nil {
		p.counts.Refused++
		return c, false
	}
	if p.closed {
		return c, false
	}
	p.pairs[c] = true
	return c, true
}
