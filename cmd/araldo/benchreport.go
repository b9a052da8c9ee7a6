package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo/bench"
	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/document"
)

// benched is the answer of `bench --format json`; its JSON names are a promise. Times are nanoseconds.
type benched struct {
	Inbound   string `json:"inbound"`
	Outlet    string `json:"outlet"`
	Mode      string `json:"mode"`
	Guarantee string `json:"guarantee"`
	// Rate is messages per second that were due, left out where it was what the route takes with UnderWay messages under way.
	Rate      int           `json:"rate,omitempty"`
	UnderWay  int           `json:"under-way,omitempty"`
	Size      int           `json:"size"`
	Duration  float64       `json:"duration-seconds"`
	Messages  uint64        `json:"messages"`
	PerSecond float64       `json:"messages-per-second"`
	Lost      uint64        `json:"lost"`
	Latency   benchedDelays `json:"latency"`
	// CPU is left out where the system does not tell.
	CPU     *benchedCPU      `json:"cpu-per-message,omitempty"`
	Outlets []control.Outlet `json:"outlets"`
}

type benchedDelays struct {
	P50  time.Duration `json:"p50"`
	P90  time.Duration `json:"p90"`
	P99  time.Duration `json:"p99"`
	P999 time.Duration `json:"p99.9"`
	Max  time.Duration `json:"max"`
}

// benchedCPU is of all processes, and of each by plugin's name.
type benchedCPU struct {
	All       time.Duration            `json:"all"`
	Processes map[string]time.Duration `json:"processes"`
}

func benchedOf(r *bench.Result) benched {
	b := benched{
		Inbound: r.Inbound, Outlet: r.Outlet, Mode: r.Mode, Guarantee: r.Guarantee, Rate: r.Rate, UnderWay: r.UnderWay, Size: r.Size,
		Duration: r.Duration.Seconds(), Messages: r.Messages, PerSecond: r.PerSecond(), Lost: r.Lost(), Outlets: r.Outlets,
		Latency: benchedDelays{r.Latency.Quantile(0.5), r.Latency.Quantile(0.9), r.Latency.Quantile(0.99), r.Latency.Quantile(0.999),
			r.Latency.Longest},
	}
	if all := r.PerMessage(""); all > 0 {
		b.CPU = &benchedCPU{all, map[string]time.Duration{}}
		for name := range r.Times {
			b.CPU.Processes[name] = r.PerMessage(name)
		}
	}
	return b
}

func printBench(w io.Writer, format string, r *bench.Result) error {
	b := benchedOf(r)
	if format == formatJSON {
		return writeJSON(w, b)
	}
	p := &page{screen: screenOf(w)}
	p.bench(&b, r)
	return p.err
}

// bench shows a result. What grows with the processes comes last: it goes on below itself where the terminal is narrow.
func (p *page) bench(b *benched, r *bench.Result) {
	p.line("%s", b.title())
	p.line("%s, %s; mocks are at all ends", r.Mode, r.Guarantee)
	p.table([][]string{{"MESSAGES/S", "P50", "P90", "P99", "P99.9", "MAX", "CPU PER MESSAGE"}, {thousands(b.PerSecond),
		shortTime(b.Latency.P50), shortTime(b.Latency.P90), shortTime(b.Latency.P99), shortTime(b.Latency.P999), shortTime(b.Latency.Max), b.cpu()}})
	p.routes([]control.Route{{Inbound: r.Inbound, Outlets: r.Outlets}})
	p.histogram(r.Latency)
}

// title says what was measured.
func (b *benched) title() string {
	load := fmt.Sprintf("as fast as it goes with %d under way", b.UnderWay)
	if b.Rate > 0 {
		load = fmt.Sprintf("%s messages/s", thousands(float64(b.Rate)))
	}
	return fmt.Sprintf("%s -> %s: messages of %s, %s, for %.3gs", b.Inbound, b.Outlet, document.FormatBytes(b.Size), load, b.Duration)
}

// cpu is the time of all processes, and what of it is whose.
func (b *benched) cpu() string {
	if b.CPU == nil {
		return "-"
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(b.CPU.Processes)) {
		parts = append(parts, name+" "+shortTime(b.CPU.Processes[name]))
	}
	return shortTime(b.CPU.All) + " (" + strings.Join(parts, ", ") + ")"
}

// barWidth is how many columns the longest bar of a histogram has.
const barWidth = 40

// histogram shows latencies as bars, in steps of 1, 2 and 5.
func (p *page) histogram(l bench.Latency) {
	rows := [][]string{{"LATENCY", "SHARE", ""}}
	most := int64(1)
	steps := stepsOf(l)
	counts := make([]int64, len(steps))
	for i := 1; i < len(steps); i++ {
		counts[i] = l.Between(steps[i-1], steps[i])
		most = max(most, counts[i])
	}
	for i := 1; i < len(steps); i++ {
		n := counts[i]
		share := fmt.Sprintf("%.3g %%", 100*float64(n)/float64(l.Count()))
		rows = append(rows, []string{"up to " + shortTime(steps[i]), share, bar(float64(n) / float64(most))})
	}
	p.table(rows)
}

// bar is a bar in eighths of a column.
func bar(share float64) string {
	eighths := int(share*barWidth*8 + 0.5)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	return text
}

// shortestStep is where histograms begin at the least: nothing passes three processes in less.
const shortestStep = 500 * time.Nanosecond

// stepsOf are the bounds of a histogram's bars: 1, 2 and 5 of each power of ten from the shortest time to the longest.
func stepsOf(l bench.Latency) []time.Duration {
	steps := []time.Duration{shortestStep}
	for power := time.Microsecond; power < time.Hour; power *= 10 {
		for _, factor := range []time.Duration{1, 2, 5} {
			step := factor * power
			if len(steps) > 0 && steps[len(steps)-1] >= l.Longest {
				return steps
			}
			if l.Between(0, step) == 0 {
				steps = steps[:0]
			}
			steps = append(steps, step)
		}
	}
	return steps
}

// benchError is what makes a bench fail.
func benchError(r *bench.Result) error {
	a := r.Measured().Account
	switch {
	case r.Lost() > 0:
		return fmt.Errorf("%s lost: %s", counted(int(r.Lost()), "message"), strings.Join(appendReasons(nil, "dropped", a.Dropped), ""))
	case a.Delivered == 0:
		notes := strings.Join(outletNotes(r.Measured()), "; ")
		return fmt.Errorf("no message arrived at %s: %s", r.Outlet, notes)
	case a.Queued+a.InFlight > 0:
		return fmt.Errorf("%s did not arrive before shutdown-timeout", counted(int(a.Queued+a.InFlight), "message"))
	}
	return nil
}

// thousands writes a number with its digits in groups of three.
func thousands(n float64) string {
	if n < 10 && n != float64(int64(n)) {
		return fmt.Sprintf("%.1f", n)
	}
	text := fmt.Sprintf("%.0f", n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// shortTime writes a time with three digits.
func shortTime(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g us", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}
