package metrics

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// measureTimeout bounds what a scrape waits for endpoints that don't answer.
const measureTimeout = time.Second

var hubFamilies = table[Measurement]{
	name: func(*Measurement) []string { return nil },
	families: []family[Measurement]{
		{Family{"araldo_build_info", "Is 1: the hub's version and Go's as labels.", gauge, []string{"version", "goversion"}},
			func(m *Measurement, v values) { v.number(1, m.Version, runtime.Version()) }},
		{Family{"araldo_config_last_reload_successful", "0 after a reload that failed, until one succeeds.", gauge, nil},
			func(m *Measurement, v values) { v.truth(!m.Reload.Failed) }},
		{Family{"araldo_config_last_reload_success_timestamp_seconds", "When the configuration in use was taken, as Unix time.",
			gauge, nil}, func(m *Measurement, v values) { v.number(float64(m.Reload.Success.UnixMilli()) / 1e3) }},
	},
}

// Families are all metrics of araldo's own, by subject; beside them stand the process_ and go_ metrics of the hub's
// process.
func Families() []Family {
	return slices.Concat(hubFamilies.list(), outletFamilies.list(), endpointFamilies.list(), marshallingFamilies.list(),
		pluginFamilies.list())
}

// collector is a prometheus.Collector: each scrape measures the hub once.
type collector struct {
	hub   Hub
	descs map[string]*prometheus.Desc
}

func newCollector(hub Hub) *collector {
	c := &collector{hub: hub, descs: map[string]*prometheus.Desc{}}
	for _, f := range Families() {
		c.descs[f.Name] = prometheus.NewDesc(f.Name, f.Help, f.Labels, nil)
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range c.descs {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), measureTimeout)
	defer cancel()
	m := c.hub.Measure(ctx)
	hubFamilies.collect([]Measurement{m}, c.descs, metrics)
	outletFamilies.collect(m.Outlets, c.descs, metrics)
	endpointFamilies.collect(m.Endpoints, c.descs, metrics)
	marshallingFamilies.collect(m.Marshallings, c.descs, metrics)
	pluginFamilies.collect(watch(m.Plugins), c.descs, metrics)
}
