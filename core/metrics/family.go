package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/araldo-relay/araldo/core"
)

// Family is one metric. Its name and labels are a promise: they are added to, never changed.
type Family struct {
	Name, Help string
	// Type is counter, gauge or histogram.
	Type   string
	Labels []string
}

// family is a metric of subjects of one kind, and how to read it off one of them.
type family[S any] struct {
	Family
	read func(*S, values)
}

// values takes one family's values for one subject.
type values struct {
	metrics chan<- prometheus.Metric
	desc    *prometheus.Desc
	kind    prometheus.ValueType
	labels  []string
}

// number takes a value; more are the values of the labels after those that name the subject.
func (v values) number(value float64, more ...string) {
	labels := append(v.labels[:len(v.labels):len(v.labels)], more...)
	for i := range labels {
		// A plugin names its figures as it likes, and one bad value would spoil the whole scrape.
		labels[i] = strings.ToValidUTF8(labels[i], "\uFFFD")
	}
	v.metrics <- prometheus.MustNewConstMetric(v.desc, v.kind, value, labels...)
}

func (v values) count(n uint64, more ...string) { v.number(float64(n), more...) }

func (v values) truth(holds bool, more ...string) {
	if holds {
		v.number(1, more...)
	} else {
		v.number(0, more...)
	}
}

// state is a state set, as OpenMetrics has it: one series per state, of which one is 1.
func (v values) state(now core.State) {
	for state := core.StateDeclared; state <= core.StateDisabled; state++ {
		v.truth(state == now, state.String())
	}
}

func (v values) counts(by map[string]uint64) {
	for label, n := range by {
		v.count(n, label)
	}
}

func (v values) latency(l *core.Latency) {
	buckets := make(map[float64]uint64, core.LatencyBuckets-1)
	sum := uint64(0)
	for i, n := range l.Counts {
		sum += n
		if i < core.LatencyBuckets-1 {
			buckets[core.LatencyBound(i).Seconds()] = sum
		}
	}
	v.metrics <- prometheus.MustNewConstHistogram(v.desc, sum, l.Seconds, buckets, v.labels...)
}

// The types of a Family.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// table is the families of one kind of subject.
type table[S any] struct {
	// name is the values of the labels that name a subject: the first ones of every family.
	name     func(*S) []string
	families []family[S]
}

func (t *table[S]) list() []Family {
	list := make([]Family, len(t.families))
	for i := range t.families {
		list[i] = t.families[i].Family
	}
	return list
}

// collect reads every family off every subject.
func (t *table[S]) collect(subjects []S, descs map[string]*prometheus.Desc, metrics chan<- prometheus.Metric) {
	for i := range subjects {
		labels := t.name(&subjects[i])
		for _, f := range t.families {
			kind := prometheus.GaugeValue
			if f.Type == counter {
				kind = prometheus.CounterValue
			}
			f.read(&subjects[i], values{metrics, descs[f.Name], kind, labels})
		}
	}
}
