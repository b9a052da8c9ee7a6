package main

import "fmt"

// check is one thing that must be so.
type check struct {
	Name   string `json:"name"`
	Held   bool   `json:"held"`
	Detail string `json:"detail"`
}

func (c check) String() string {
	verdict := "held  "
	if !c.Held {
		verdict = "BROKEN"
	}
	return fmt.Sprintf("%s %s: %s", verdict, c.Name, c.Detail)
}

// enoughPoison is after how many messages of which one in 500 is poison some must have been met.
const enoughPoison = 10000

// judge makes the checks of the figures.
func (p *report) judge() {
	f := p.Figures
	p.Checks = []check{
		{"every accepted message arrives", f.Missing == 0 && f.Unread == 0, fmt.Sprintf("%d of %d missing", f.Missing, f.Acked)},
		{"nothing arrives that was not sent", f.Forged == 0, fmt.Sprintf("%d forged", f.Forged)},
		{"every payload is the one of its message", f.Wrong == 0, fmt.Sprintf("%d wrong", f.Wrong)},
		{"a fresh message passes", p.Fresh, fmt.Sprint(p.Fresh)},
		p.substance(),
		{"nothing stays pending", p.Pending == 0 && p.Unread == 0, fmt.Sprintf("%d pending, %d unread", p.Pending, p.Unread)},
		{"accounts close", p.Residue == 0 && len(p.Open) == 0 && p.Samples > 0, fmt.Sprintf("residue %d in %d samples", p.Residue, p.Samples)},
		{"nothing leaks", !leaks(p.Before, p.After) && p.flat(), p.growth()},
		{"no other promise is broken", len(p.Complaints) == 0, fmt.Sprintf("%d complaints", len(p.Complaints))},
	}
	if p.Once {
		p.Checks = append(p.Checks, check{"nothing arrives twice", f.Duplicates == 0 && p.BrowserEnds == 0,
			fmt.Sprintf("%d duplicates, %d connections of the browser ended", f.Duplicates, p.BrowserEnds)})
	}
	p.Held = true
	for _, c := range p.Checks {
		p.Held = p.Held && c.Held
	}
}

// substance finds runs that prove nothing: too little traffic, no faults, faults that did not show, no poison.
func (p *report) substance() check {
	f := p.Figures
	vacuous := 0
	for _, h := range p.Faults {
		if h.Vacuous {
			vacuous++
		}
	}
	due := p.Working * float64(p.Rate) / 2
	poor := f.Acked == 0 || float64(f.Acked) < due || f.Seen == 0 || len(p.Faults) == 0 || vacuous > 0 ||
		f.Acked >= enoughPoison && f.DeadLettered == f.GivenUp
	return check{"the run was not vacuous", !poor, fmt.Sprintf("%d accepted of at least %.0f, %d seen by the browser, %d dead letters, %d faults, %d of them vacuous",
		f.Acked, due, f.Seen, f.DeadLettered, len(p.Faults), vacuous)}
}

// flat reports whether memory has stayed what it was, but for what a garbage collector leaves to chance.
func (p *report) flat() bool { return p.LateMemory <= p.EarlyMemory*3/2+(64<<20) }

func (p *report) growth() string {
	return fmt.Sprintf("goroutines %+d, descriptors %+d, memory %+d MiB", p.After.Goroutines-p.Before.Goroutines,
		p.After.Descriptors-p.Before.Descriptors, (p.LateMemory-p.EarlyMemory)>>20)
}
