package main

import (
	"strings"

	"github.com/araldo-relay/araldo/core/metrics"
)

// metricTable is all metrics of araldo's own.
func metricTable() string {
	rows := [][]string{{"metric", "type", "labels", "meaning"}}
	for _, f := range metrics.Families() {
		var labels []string
		for _, label := range f.Labels {
			labels = append(labels, code(label))
		}
		rows = append(rows, []string{code(f.Name), f.Type, strings.Join(labels, ", "), f.Help})
	}
	return table(rows...)
}
