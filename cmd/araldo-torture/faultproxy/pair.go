package faultproxy

import (
	"net"
	"sync"
	"time"
)

// chunkSize is the most that is relayed at once, bytes; waiting bounds the chunks under way in one direction.
const (
	chunkSize = 32 << 10
	waiting   = 64
)

// pair is one connection: the client's to the proxy and the proxy's to the server.
type pair struct {
	proxy          *Proxy
	client, server net.Conn
	end            sync.Once
	ended          chan struct{}
}

// chunk is bytes that were read, and when.
type chunk struct {
	bytes []byte
	read  time.Time
}

// relay brings bytes from one end to the other until one of them fails or ends, and then ends both.
func (c *pair) relay(d Direction, from, to net.Conn) {
	chunks := make(chan chunk, waiting)
	var reading sync.WaitGroup
	reading.Go(func() { c.read(from, chunks) })
	for k := range chunks {
		if !c.write(d, to, k) {
			break
		}
	}
	c.close()
	reading.Wait()
}

// read ends with the connection, or with the pair.
func (c *pair) read(from net.Conn, chunks chan<- chunk) {
	defer close(chunks)
	for {
		buffer := make([]byte, chunkSize)
		n, err := from.Read(buffer)
		if n > 0 {
			select {
			case chunks <- chunk{buffer[:n], time.Now()}:
			case <-c.ended:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// write relays a chunk as the weather lets it, and reports whether the pair lives on.
func (c *pair) write(d Direction, to net.Conn, k chunk) bool {
	if !c.wait(k) {
		return false
	}
	if c.proxy.cuts(c, d, k) {
		_, _ = to.Write(k.bytes[:len(k.bytes)/2])
		c.reset()
		return false
	}
	_, err := to.Write(k.bytes)
	return err == nil
}

// wait returns when the weather lets a chunk pass, or false when the pair has ended.
func (c *pair) wait(k chunk) bool {
	var held, delayed bool
	for {
		w, changed := c.proxy.now()
		c.proxy.count(w.Hole && !held, w.Delay > 0 && !delayed, len(k.bytes))
		held, delayed = held || w.Hole, delayed || w.Delay > 0
		var due <-chan time.Time
		if !w.Hole {
			rest := time.Until(k.read.Add(w.Delay))
			if rest <= 0 {
				return true
			}
			due = time.After(rest)
		}
		select {
		case <-due:
		case <-changed:
		case <-c.ended:
			return false
		}
	}
}

// now is the weather, and what is closed when it changes.
func (p *Proxy) now() (Weather, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.weather, p.changed
}

func (p *Proxy) count(held, delayed bool, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if held {
		p.counts.Held += bytes
	}
	if delayed {
		p.counts.Delayed += bytes
	}
}

// cuts reports whether a chunk is the one to be cut: the first of at least two bytes since Cut.
func (p *Proxy) cuts(c *pair, d Direction, k chunk) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cut[d] || len(k.bytes) < 2 {
		return false
	}
	p.cut[d] = false
	p.counts.Cut++
	delete(p.pairs, c)
	return true
}

// close ends both connections as a program does that has nothing more to say.
func (c *pair) close() {
	c.end.Do(func() {
		close(c.ended)
		_ = c.client.Close()
		_ = c.server.Close()
	})
}

// reset ends both connections so that the other ends get an error, not an end.
func (c *pair) reset() {
	c.end.Do(func() {
		close(c.ended)
		for _, conn := range []net.Conn{c.client, c.server} {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
				_ = tcp.Close()
			}
		}
	})
}
