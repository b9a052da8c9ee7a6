package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-bench/work"
)

// key is what is measured: all rounds of it make one row.
type key struct {
	relay, work string
	size        int
}

func keyOf(r work.Result) key { return key{r.Relay, r.Work, r.Size} }

// report is the results of all runs in the order in which they ran.
type report struct {
	results []work.Result
	// reference is what a row is compared with.
	reference func(key) key
}

// line is one run for people, while others still run.
func line(r work.Result) string {
	return fmt.Sprintf("%-20s %7s  %-10s %s", r.Work, size(r), r.Relay, strings.Join(cells(r), "  "))
}

// size is - where no messages were sent.
func size(r work.Result) string {
	if r.Size == 0 {
		return "-"
	}
	return strconv.Itoa(r.Size)
}

var titles = []string{"messages/s", "CPU per message", "p50", "p99", "memory", "wrong"}

// cells are a result's columns behind its names.
func cells(r work.Result) []string {
	rate, cpu, p50, p99, memory := "-", "-", "-", "-", fmt.Sprintf("%.0f MiB", float64(r.Memory)/(1<<20))
	if r.PerSecond > 0 {
		rate, cpu = thousands(r.PerSecond), fmt.Sprintf("%.2f us", float64(r.CPU)/1e3)
	}
	if r.P50 > 0 {
		p50, p99 = micros(r.P50), micros(r.P99)
	}
	if r.PerConnection > 0 {
		memory = fmt.Sprintf("%.1f KB each", float64(r.PerConnection)/1e3)
	}
	wrong := "-"
	if !r.Right() {
		wrong = r.Wrong()
	}
	return []string{rate, cpu, p50, p99, memory, wrong}
}

func thousands(n float64) string {
	if n >= 10_000 {
		return fmt.Sprintf("%.0fk", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}

func micros(d time.Duration) string { return fmt.Sprintf("%d us", d.Microseconds()) }

// row is the median of one relay's runs of one workload, and the median of its ratios to the reference, round by round.
type row struct {
	result work.Result
	ratio  float64
}

func (r *report) rows() (rows []row) {
	for _, result := range r.results {
		k := keyOf(result)
		if !slices.ContainsFunc(rows, func(o row) bool { return keyOf(o.result) == k }) {
			own, reference := r.of(k), r.of(r.reference(k))
			rows = append(rows, row{median(own), ratio(own, reference)})
		}
	}
	return rows
}

func (r *report) of(k key) (results []work.Result) {
	for _, result := range r.results {
		if keyOf(result) == k {
			results = append(results, result)
		}
	}
	return results
}

// median takes each figure's median, and the sum of what went wrong.
func median(results []work.Result) work.Result {
	out := results[0]
	out.PerSecond = middle(results, func(r work.Result) float64 { return r.PerSecond })
	out.CPU = middle(results, func(r work.Result) time.Duration { return r.CPU })
	out.P50 = middle(results, func(r work.Result) time.Duration { return r.P50 })
	out.P99 = middle(results, func(r work.Result) time.Duration { return r.P99 })
	out.Memory = middle(results, func(r work.Result) int64 { return r.Memory })
	out.PerConnection = middle(results, func(r work.Result) int64 { return r.PerConnection })
	for _, r := range results[1:] {
		out.Lost += r.Lost
		out.Repeated += r.Repeated
		out.Late += r.Late
		out.Damaged += r.Damaged
	}
	return out
}

// middle is the median of a figure.
func middle[R any, N cmp.Ordered](results []R, of func(R) N) N {
	var all []N
	for _, r := range results {
		all = append(all, of(r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// ratio compares rates at saturation, else half of the delays; 0 where there is nothing to compare.
func ratio(own, reference []work.Result) float64 {
	var ratios []float64
	for i := range min(len(own), len(reference)) {
		switch {
		case reference[i].P50 > 0:
			ratios = append(ratios, float64(own[i].P50)/float64(reference[i].P50))
		case reference[i].PerSecond > 0:
			ratios = append(ratios, own[i].PerSecond/reference[i].PerSecond)
		}
	}
	if len(ratios) == 0 {
		return 0
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

func (r row) cells() []string {
	ratio := "-"
	if r.ratio > 0 {
		ratio = fmt.Sprintf("%.2f", r.ratio)
	}
	return append([]string{r.result.Work, size(r.result), r.result.Relay, ratio}, cells(r.result)...)
}

// table is the report for people.
func (r *report) table() table {
	t := table{heads: append([]string{"workload", "bytes", "relay", "ratio"}, titles...), data: r.results}
	for _, row := range r.rows() {
		t.rows = append(t.rows, row.cells())
	}
	return t
}
