package main

import (
	"fmt"
	"io"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo/bench"
)

// meter is a line on a terminal that shows how a bench goes; elsewhere it is nothing.
type meter struct {
	screen
	duration time.Duration
}

func newMeter(w io.Writer, duration time.Duration) meter { return meter{screenOf(w), duration} }

// eraseLine goes to the beginning of the line and empties it (ECMA-48).
const eraseLine = "\r\x1b[2K"

func (m meter) show(p bench.Progress) {
	if m.terminal {
		fmt.Fprint(m.w, eraseLine+m.line(p))
	}
}

// line fits into the terminal's width.
func (m meter) line(p bench.Progress) string {
	at := "warming up"
	if p.Elapsed > 0 {
		at = fmt.Sprintf("%.1fs of %s", p.Elapsed.Seconds(), m.duration)
	}
	text := fmt.Sprintf("%-12s  %s messages/s  p50 %s  p99 %s  waiting %s", at, thousands(p.PerSecond), shortTime(p.Latency.Quantile(0.5)),
		shortTime(p.Latency.Quantile(0.99)), thousands(float64(p.Waiting)))
	if p.Lost > 0 {
		text += "  lost " + thousands(float64(p.Lost))
	}
	if p.Lost > 0 {
		return m.paint(m.cut(text, 1), red)
	}
	return m.cut(text, 1)
}

func (m meter) clear() {
	if m.terminal {
		fmt.Fprint(m.w, eraseLine)
	}
}
