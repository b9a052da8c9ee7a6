package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/araldo-relay/araldo/core/holder"
)

const (
	// mostConnections and mostScrapes at a time keep those who watch from becoming a load.
	mostConnections, mostScrapes = 64, 4
	mostHeaderBytes              = 8 << 10
	// answerTimeout bounds one answer, closeTimeout the wait for the last ones at the end.
	answerTimeout, closeTimeout = 10 * time.Second, time.Second
)

// Server answers GET on /metrics, /healthz and /readyz.
type Server struct {
	http     *http.Server
	listener net.Listener
	serving  sync.WaitGroup
}

// Serve listens at address, HOST:PORT; port 0 is the next free one. Close ends it.
func Serve(address string, hub Hub, log *slog.Logger) (*Server, error) {
	handler, err := newHandler(hub, log)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("metrics-port: %w", holder.OfPort(err, address))
	}
	s := &Server{listener: netutil.LimitListener(listener, mostConnections), http: &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: answerTimeout, WriteTimeout: 2 * answerTimeout,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: mostHeaderBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}
	s.serving.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are not served any more", "cause", err)
		}
	})
	return s, nil
}

// Address is where it listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close ends it: answers that are under way get a second.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	s.serving.Wait()
	return err
}

func newHandler(hub Hub, log *slog.Logger) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{
		newCollector(hub), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	scrapes := promhttp.InstrumentMetricHandler(registry, promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: mostScrapes, Timeout: answerTimeout, EnableOpenMetrics: true, Registry: registry,
	}))
	health := &health{hub: hub}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", scrapes)
	mux.HandleFunc("GET /healthz", health.alive)
	mux.HandleFunc("GET /readyz", health.ready)
	return mux, nil
}
