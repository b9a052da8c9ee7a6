package hub

import (
	"context"

	"github.com/araldo-relay/araldo/core/metrics"
)

// serveMetrics opens the port of the metrics, where there is to be one. It answers from before the endpoints are opened
// until they are closed, so that whoever waits for the hub can see what it waits for.
func (h *Hub) serveMetrics() error {
	address := h.cfg.Global.MetricsAddress()
	if address == "" {
		return nil
	}
	server, err := metrics.Serve(address, h, h.log)
	if err != nil {
		return err
	}
	h.metrics.Store(server)
	h.log.Info("metrics are served", "url", h.metricsURL())
	return nil
}

func (h *Hub) closeMetrics(context.Context) error {
	if server := h.metrics.Load(); server != nil {
		return server.Close()
	}
	return nil
}

// metricsURL is empty where no metrics are served.
func (h *Hub) metricsURL() string {
	if server := h.metrics.Load(); server != nil {
		return "http://" + server.Address() + "/metrics"
	}
	return ""
}
