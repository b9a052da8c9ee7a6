package main

import (
	"errors"
	"fmt"
	"html"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/cmd/araldo/bench"
)

// drawable says what is wrong with the file of --svg before there is something to draw. It leaves none behind.
func drawable(command *cobra.Command) error {
	path, _ := command.Flags().GetString("svg")
	if path == "" {
		return nil
	}
	_, absent := os.Stat(path)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	err = file.Close()
	if absent != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func drawBench(command *cobra.Command, r *bench.Result) error {
	path, _ := command.Flags().GetString("svg")
	if path == "" {
		return nil
	}
	b := benchedOf(r)
	return os.WriteFile(path, []byte(drawing(b.title(), &b, r.Latency)), 0o644)
}

// The places in the drawing, in its units: all of it, and the plot with its bars on a logarithmic axis.
const (
	drawingWidth, drawingHeight = 960, 520
	plotLeft, plotRight         = 64, 920
	plotTop, plotBottom         = 230, 440
	plotBars                    = 72
)

// drawingStyle follows the reader's choice of light or dark.
const drawingStyle = `<style>
svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;--back:#fff;--text:#1b2430;--faint:#66717f;--line:#dfe4ea;--bar:#3b76d1;--mark:#d2662a}
@media(prefers-color-scheme:dark){svg{--back:#12171e;--text:#e6ebf1;--faint:#93a0af;--line:#2a333e;--bar:#6ba1f2;--mark:#f2955c}}
.back{fill:var(--back)}text{fill:var(--text)}text:not(.title){font-size:13px}.title{font-weight:600}.faint{fill:var(--faint)}
text.figure{font-size:21px;font-weight:600}.line{stroke:var(--line)}.bar{fill:var(--bar)}.mark{stroke:var(--mark);stroke-dasharray:3 3}
text.name{fill:var(--mark);font-size:12px;font-weight:600}
</style>
`

// drawing is the figures and the histogram of latencies as SVG 1.1, with nothing from elsewhere in it.
func drawing(title string, b *benched, l bench.Latency) string {
	d := &canvas{}
	d.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">`+"\n<title>%s</title>\n%s", drawingWidth, drawingHeight,
		html.EscapeString(title), drawingStyle)
	d.add(`<rect class="back" width="%d" height="%d"/>`, drawingWidth, drawingHeight)
	head, rest, _ := strings.Cut(title, ": ")
	d.add(`<text class="title" x="40" y="46" font-size="%.1f">%s</text>`, min(19, 1400/float64(len(head))), html.EscapeString(head))
	d.text(40, 70, "faint", "start", rest+"; "+b.Mode+", "+b.Guarantee)
	d.figures(b)
	if l.Count() > 0 {
		d.plot(b, l)
	}
	d.add("</svg>")
	return d.String()
}

// canvas is a drawing that grows.
type canvas struct{ strings.Builder }

func (d *canvas) add(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

func (d *canvas) text(x, y float64, class, anchor, text string) {
	d.add(`<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, class, x, y, anchor, html.EscapeString(text))
}

// figures are the numbers in a row.
func (d *canvas) figures(b *benched) {
	cpu := "-"
	if b.CPU != nil {
		cpu = shortTime(b.CPU.All)
	}
	list := [][2]string{{"messages/s", thousands(b.PerSecond)}, {"CPU per message", cpu}, {"p50", shortTime(b.Latency.P50)},
		{"p99", shortTime(b.Latency.P99)}, {"p99.9", shortTime(b.Latency.P999)}, {"longest", shortTime(b.Latency.Max)},
		{"lost", thousands(float64(b.Lost))}}
	x := 40.0
	for i, one := range list {
		d.text(x, 122, "figure", "start", one[1])
		d.text(x, 144, "faint", "start", one[0])
		if x += 110; i < 2 {
			x += 55
		}
	}
	d.add(`<line class="line" x1="40" y1="168" x2="920" y2="168"/>`)
}

// axis maps times to places: logarithms between the shortest and the longest.
type axis struct{ least, most float64 }

func (a axis) place(t time.Duration) float64 {
	share := (math.Log10(float64(t)) - a.least) / (a.most - a.least)
	return plotLeft + (plotRight-plotLeft)*min(max(share, 0), 1)
}

// at is the time at a share of the axis.
func (a axis) at(share float64) time.Duration {
	return time.Duration(math.Pow(10, a.least+(a.most-a.least)*share))
}

func (d *canvas) plot(b *benched, l bench.Latency) {
	steps := stepsOf(l)
	a := axis{math.Log10(float64(steps[0])), math.Log10(float64(steps[len(steps)-1]))}
	d.scale(a, steps)
	bars, most := barsOf(a, l)
	width := float64(plotRight-plotLeft) / plotBars
	for i, n := range bars {
		if height := float64(plotBottom-plotTop) * float64(n) / float64(most); n > 0 {
			height = max(height, 1)
			d.add(`<rect class="bar" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="1.5"/>`, plotLeft+width*float64(i)+1, plotBottom-height,
				width-2, height)
		}
	}
	d.add(`<line class="line" x1="%d" y1="%d" x2="%d" y2="%d"/>`, plotLeft, plotBottom, plotRight, plotBottom)
	d.marks(a, b)
	d.text((plotLeft+plotRight)/2, plotBottom+54, "faint", "middle", fmt.Sprintf("latency of %s messages, logarithmic", thousands(float64(l.Count()))))
}

// barsOf counts by equal steps of the axis, and says the most of one.
func barsOf(a axis, l bench.Latency) (bars [plotBars]int64, most int64) {
	before := time.Duration(-1)
	for i := range bars {
		bound := a.at(float64(i+1) / plotBars)
		if i == plotBars-1 {
			bound = math.MaxInt64
		}
		bars[i] = l.Between(before, bound)
		most = max(most, bars[i])
		before = bound
	}
	return bars, most
}

// leastGap is how far texts below each other's line must be apart.
const leastGap = 58

func (d *canvas) scale(a axis, steps []time.Duration) {
	last := math.Inf(-1)
	for _, step := range steps {
		x := a.place(step)
		d.add(`<line class="line" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, x, plotTop, x, plotBottom+6)
		if x-last >= leastGap {
			d.text(x, plotBottom+24, "faint", "middle", shortTime(step))
			last = x
		}
	}
}

// marks are lines at some quantiles, with names above that give way to each other.
func (d *canvas) marks(a axis, b *benched) {
	last := math.Inf(-1)
	row := 0
	for _, one := range []struct {
		name string
		at   time.Duration
	}{{"p50", b.Latency.P50}, {"p90", b.Latency.P90}, {"p99", b.Latency.P99}, {"p99.9", b.Latency.P999}} {
		x := a.place(one.at)
		if row++; x-last >= leastGap {
			row = 0
		}
		y := float64(plotTop - 8 - 12*row)
		d.add(`<line class="mark" x1="%.1f" y1="%.1f" x2="%.1f" y2="%d"/>`, x, y+3, x, plotBottom)
		if x < plotRight-leastGap {
			d.text(x+3, y, "name", "start", one.name)
		} else {
			d.text(x-3, y, "name", "end", one.name)
		}
		last = x
	}
}
