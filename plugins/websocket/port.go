package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/araldo-relay/araldo/core/holder"
)

// ports are the listening sockets of this process: one process serves all endpoints of a port.
var ports = portTable{open: make(map[string]*port)}

type portTable struct {
	mu   sync.Mutex
	open map[string]*port
}

// port is a listening socket and the endpoints at its paths. It is open as long as it has one.
type port struct {
	table    *portTable
	address  string // as asked for, the key in the table
	listener net.Listener
	server   *http.Server
	served   chan struct{} // closed when the server has ended
	// paths is read by every request and replaced as a whole under the table's lock.
	paths atomic.Pointer[map[string]*endpoint]
	// site answers where no endpoint does; nil where none has files.
	site atomic.Pointer[site]
}

// healthPath answers on every port, whatever is mounted there.
const healthPath = "/healthz"

// mount puts an endpoint at a path of an address and listens there if nobody does yet.
func (t *portTable) mount(ctx context.Context, address, path string, e *endpoint) (*port, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.open[address]
	if p == nil {
		var err error
		if p, err = t.listen(ctx, address, e.limits, e.log); err != nil {
			return nil, err
		}
		t.open[address] = p
	}
	paths := maps.Clone(*p.paths.Load())
	if paths[path] != nil {
		return nil, fmt.Errorf("path %s at %s is another endpoint's", path, address)
	}
	paths[path] = e
	p.paths.Store(&paths)
	return p, nil
}

func (t *portTable) listen(ctx context.Context, address string, l *limits, log *slog.Logger) (*port, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, holder.OfPort(err, address)
	}
	p := &port{table: t, address: address, listener: reserve(listener, log), served: make(chan struct{})}
	p.paths.Store(&map[string]*endpoint{})
	p.server = &http.Server{
		Handler:           p,
		ReadHeaderTimeout: l.handshake,
		ReadTimeout:       l.handshake,
		WriteTimeout:      l.handshake,
		IdleTimeout:       l.message,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go p.serve(log)
	return p, nil
}

// serve ends with ErrServerClosed; transient errors of Accept are tried again within.
func (p *port) serve(log *slog.Logger) {
	defer close(p.served)
	if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		log.Error("a port takes no connections any more", "address", p.address, "error", err)
	}
}

// unmount takes an endpoint away; the last one closes the socket.
func (p *port) unmount(path string) {
	p.table.mu.Lock()
	defer p.table.mu.Unlock()
	paths := maps.Clone(*p.paths.Load())
	delete(paths, path)
	p.paths.Store(&paths)
	if len(paths) == 0 {
		delete(p.table.open, p.address)
		_ = p.server.Close()
		<-p.served
	}
}

// ServeHTTP finds what answers at a path: an endpoint, else the health check, else a file.
func (p *port) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e := (*p.paths.Load())[r.URL.Path]; e != nil {
		e.ServeHTTP(w, r)
		return
	}
	files := p.site.Load()
	switch {
	case r.URL.Path != healthPath && files != nil:
		files.ServeHTTP(w, r)
	case r.URL.Path != healthPath:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Health is asked for with GET.", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, "ok\n")
	}
}
