// Package forwarder is the reference of all measurements: what a good engineer writes by hand in a hundred lines for one
// way between WebSockets and Redis, with coder/websocket and go-redis, in one process, without plugins, routes or accounts.
package forwarder

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"
)

// waiting is how many messages may wait between a reader and a writer, and most how many a writer takes at once.
const (
	waiting = 1024
	most    = 512
)

// Forwarder forwards one workload's messages.
type Forwarder struct {
	Port, RedisPort int
	// Gathered: each frame is encoded once for all clients, and all that waits is written in one call.
	Gathered bool

	redis *redis.Client
	mu    sync.Mutex
	outs  []chan []byte
}

// Run forwards a workload, by its name for descriptions, until ctx ends.
func (f *Forwarder) Run(ctx context.Context, work string) error {
	f.redis = redis.NewClient(&redis.Options{Addr: f.address(f.RedisPort), MaxRetries: -1})
	defer func() { _ = f.redis.Close() }()
	listener, err := net.Listen("tcp", f.address(f.Port))
	if err != nil {
		return err
	}
	if err := f.wire(ctx, work); err != nil {
		return err
	}
	server := &http.Server{Handler: http.DefaultServeMux, ConnContext: rememberConn}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

func (f *Forwarder) address(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// wire starts what a workload needs.
func (f *Forwarder) wire(ctx context.Context, work string) error {
	toClients := func(message []byte) { f.broadcast(message) }
	switch work {
	case "w1":
		f.accept("/in", f.publisher(ctx, "out"))
	case "w1-stream":
		f.accept("/in", f.adder(ctx, "out"))
	case "w2":
		go f.subscribe(ctx, "in", toClients)
		f.serve("/out")
	case "w2-stream":
		go f.consume(ctx, "in", toClients)
		f.serve("/out")
	case "w3":
		f.accept("/in", toClients)
		f.serve("/out")
	case "w4":
		go f.subscribe(ctx, "in", f.publisher(ctx, "out"))
	case "w4-stream":
		go f.copyStream(ctx, "in", "out")
	case "w5":
		f.accept("/in", f.publisher(ctx, "up"))
		f.serve("/out")
		go f.subscribe(ctx, "down", toClients)
	case "w7":
		var channels []string
		for i := range 8 {
			channels = append(channels, "out"+strconv.Itoa(i+1))
		}
		go f.subscribe(ctx, "in", f.publisher(ctx, channels...))
	default:
		return fmt.Errorf("the forwarder has no workload %q", work)
	}
	return nil
}

// accept reads all messages of the WebSockets at a path.
func (f *Forwarder) accept(path string, forward func([]byte)) {
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		conn.SetReadLimit(1 << 20)
		for {
			_, message, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			forward(message)
		}
	})
}

// serve gives what is broadcast to the WebSockets at a path.
func (f *Forwarder) serve(path string) {
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		ctx := conn.CloseRead(r.Context())
		out := make(chan []byte, waiting)
		f.mu.Lock()
		f.outs = append(f.outs, out)
		f.mu.Unlock()
		if f.Gathered {
			writeGathered(ctx, rawConn(r), out)
			return
		}
		for {
			select {
			case <-ctx.Done():
				return
			case message := <-out:
				if conn.Write(ctx, websocket.MessageText, message) != nil {
					return
				}
			}
		}
	})
}

// broadcast gives a message to every client; it waits for slow ones.
func (f *Forwarder) broadcast(message []byte) {
	if f.Gathered {
		message = encode(message)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, out := range f.outs {
		out <- message
	}
}
