package main

import (
	"fmt"
	"strings"
	"time"
)

// progress draws one line on a terminal for work that takes longer than a moment, and nothing elsewhere. It is for one
// goroutine.
type progress struct {
	screen
	now func() time.Time
	// what is done, and how much of it: of is -1 where that is not known.
	what     string
	done, of int64
	// next is when the line is drawn again; drawn: there is one.
	next  time.Time
	drawn bool
}

// The times of a line: what takes less than a moment has none, and nobody reads faster than often.
const (
	progressMoment = 300 * time.Millisecond
	progressOften  = 100 * time.Millisecond
	progressWidth  = 30
)

func newProgress(s screen, now func() time.Time) *progress { return &progress{screen: s, now: now} }

// begin is install.Installer.Progress.
func (p *progress) begin(what string, bytes int64) (moved func(bytes int)) {
	p.end()
	p.what, p.done, p.of, p.next = plain(what), 0, bytes, p.now().Add(progressMoment)
	return func(n int) {
		p.done += int64(n)
		if now := p.now(); p.terminal && now.After(p.next) {
			p.next, p.drawn = now.Add(progressOften), true
			// What a terminal does not take is not worth an error.
			_, _ = fmt.Fprint(p.w, "\r", p.line(), "\x1b[K")
		}
	}
}

// line is the bar, or the count alone where the end is not known.
func (p *progress) line() string {
	count := fmt.Sprintf("%.1f MiB", float64(p.done)/(1<<20))
	text := p.what + " " + count
	if p.of > 0 {
		part := min(float64(p.done)/float64(p.of), 1)
		full := int(part * progressWidth)
		text = fmt.Sprintf("%s [%s%s] %3.0f %%  %s", p.what, strings.Repeat("#", full), strings.Repeat(".", progressWidth-full), 100*part, count)
	}
	return p.cut(text, 0)
}

// end takes the line away.
func (p *progress) end() {
	if p.drawn {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
	}
	p.drawn = false
}
