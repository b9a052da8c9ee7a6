package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
)

// report is what a run found. Times are seconds, memory is bytes.
type report struct {
	Plan    string  `json:"plan"`
	Seed    uint64  `json:"seed"`
	Rate    int     `json:"rate"`
	Size    int     `json:"size"`
	Seconds float64 `json:"seconds"`
	// Once: nothing in the plan is a reason for a message to arrive twice.
	Once bool `json:"once"`
	// Working is for how long the source's server took messages.
	Working float64        `json:"working"`
	Figures ledger.Figures `json:"figures"`
	// Pending entries were given out and never acknowledged, Unread ones never given out.
	Pending int64 `json:"pending"`
	Unread  int64 `json:"unread"`
	// Fresh: a message sent after everything arrived everywhere.
	Fresh  bool       `json:"fresh"`
	Faults []happened `json:"faults"`
	// Recovery is the time from a fault's end until new messages arrive, Ready that from a kill until all endpoints of the
	// plugin are ready.
	Recovery quantiles `json:"recovery"`
	Ready    quantiles `json:"ready"`
	// Before and After are what the hub and its plugins use, under load, before the first and after the last fault.
	Before sample `json:"before"`
	After  sample `json:"after"`
	// EarlyMemory and LateMemory are medians of the second and the last quarter of the run, PeakMemory is the most.
	EarlyMemory int64 `json:"early-memory"`
	LateMemory  int64 `json:"late-memory"`
	PeakMemory  int64 `json:"peak-memory"`
	// Samples of the accounts were taken; Residue is the largest one found, Open says which accounts did not close.
	Samples int      `json:"samples"`
	Residue int64    `json:"residue"`
	Open    []string `json:"open"`
	// Dropped is what outlets dropped, by outlet and reason.
	Dropped map[string]uint64 `json:"dropped"`
	// BrowserEnds is how often the browser's connection ended.
	BrowserEnds int64 `json:"browser-ends"`
	// Complaints are broken promises that no figure shows.
	Complaints []string `json:"complaints"`
	Checks     []check  `json:"checks"`
	Held       bool     `json:"held"`
	// Promise is what `araldo check` said beforehand.
	Promise string `json:"promise"`
}

// happened is one fault that was made.
type happened struct {
	Kind     string  `json:"kind"`
	Target   string  `json:"target,omitempty"`
	Lasted   float64 `json:"lasted,omitempty"`
	Recovery float64 `json:"recovery,omitempty"`
	Ready    float64 `json:"ready,omitempty"`
	Evidence string  `json:"evidence"`
	// Vacuous: it did not show, so that it proves nothing.
	Vacuous bool `json:"vacuous,omitempty"`
}

func (h happened) String() string {
	text := fmt.Sprintf("%-15s %-8s", h.Kind, h.Target)
	if h.Lasted > 0 {
		text += fmt.Sprintf(" for %.1f s", h.Lasted)
	}
	if h.Recovery > 0 {
		text += fmt.Sprintf(" flowing after %.2f s", h.Recovery)
	}
	if h.Vacuous {
		text += " VACUOUS"
	}
	return text + ": " + h.Evidence
}

// quantiles of times, seconds.
type quantiles struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
	Most  float64 `json:"max"`
}

func quantilesOf(values []float64) quantiles {
	if len(values) == 0 {
		return quantiles{}
	}
	slices.Sort(values)
	at := func(percent int) float64 { return values[(len(values)-1)*percent/100] }
	return quantiles{len(values), at(50), values[min(len(values)-1, len(values)*99/100)], at(100)}
}

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// sumUp fills in the report.
func (r *run) sumUp(took time.Duration) {
	r.collector.readDead()
	p := &r.report
	p.Once = r.plan().once
	p.Plan, p.Seed, p.Rate, p.Size, p.Seconds = r.options.plan, r.seed, r.rate, r.size, seconds(took)
	p.Working = seconds(time.Duration(r.producer.working.Load()))
	p.Figures = r.ledger.Figures()
	p.EarlyMemory, p.LateMemory, p.PeakMemory = r.watcher.growth()
	p.Samples, p.Residue, p.Open, p.Dropped = r.watcher.figures()
	p.Complaints = append([]string{}, r.complaints...)
	var recovery, ready []float64
	for _, f := range p.Faults {
		if f.Recovery > 0 {
			recovery = append(recovery, f.Recovery)
		}
		if f.Ready > 0 {
			ready = append(ready, f.Ready)
		}
	}
	p.Recovery, p.Ready = quantilesOf(recovery), quantilesOf(ready)
	p.judge()
}

// write prints the report.
func (p *report) write(out io.Writer, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(p)
	}
	f := p.Figures
	lines := []string{
		fmt.Sprintf("plan %s, seed %d: %d messages/s of %d bytes for %.0f s", p.Plan, p.Seed, p.Rate, p.Size, p.Seconds),
		fmt.Sprintf("sent %d, acked %d, delivered %d, dead-lettered %d (%d of them given up), missing %d, duplicates %d",
			f.Sent, f.Acked, f.Delivered, f.DeadLettered, f.GivenUp, f.Missing, f.Duplicates),
		fmt.Sprintf("browser: %d seen, %d connections ended", f.Seen, p.BrowserEnds),
		fmt.Sprintf("faults %d; recovery p50 %.2f s, p99 %.2f s, max %.2f s; plugins ready after p50 %.3f s, p99 %.3f s, max %.3f s",
			len(p.Faults), p.Recovery.P50, p.Recovery.P99, p.Recovery.Most, p.Ready.P50, p.Ready.P99, p.Ready.Most),
		fmt.Sprintf("memory: peak %s, second quarter %s, last quarter %s", mib(p.PeakMemory), mib(p.EarlyMemory), mib(p.LateMemory)),
		fmt.Sprintf("goroutines %d, before %d; descriptors %d, before %d",
			p.After.Goroutines, p.Before.Goroutines, p.After.Descriptors, p.Before.Descriptors),
		fmt.Sprintf("account residue %d in %d samples; dropped %v", p.Residue, p.Samples, p.Dropped),
	}
	for _, c := range p.Checks {
		lines = append(lines, c.String())
	}
	for _, line := range slices.Concat(p.Figures.Faults, p.Open, p.Complaints) {
		lines = append(lines, "  "+line)
	}
	if p.Held {
		lines = append(lines, "all promises were kept")
	} else {
		lines = append(lines, fmt.Sprintf("PROMISES WERE BROKEN; to see it again: araldo-torture -plan %s -seed %d", p.Plan, p.Seed))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

func mib(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) }
