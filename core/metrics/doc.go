// Package metrics shows a running hub to those who watch it: /metrics for Prometheus, /healthz and /readyz for whatever
// starts and stops hubs. Nothing is counted for it: at each scrape it reads what the hub knows at that moment.
package metrics
