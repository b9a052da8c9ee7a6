package hub

import "sync/atomic"

// tally is what a reporter counts. It outlives the reporter: the one that takes its place goes on with it.
type tally struct {
	received, receivedBytes, tooLarge atomic.Uint64
}

// Continue lets the reporter, which is not open yet, go on with the numbers of the one whose place it takes.
func (p *reporter) Continue(before *reporter) { p.tally = before.tally }

// count counts a report, unless it is too large to be one.
func (p *reporter) count(size int) bool {
	if size > p.most {
		p.tally.tooLarge.Add(1)
		return false
	}
	p.tally.received.Add(1)
	p.tally.receivedBytes.Add(uint64(size))
	return true
}

// rejected are the reports that were not made, by reason.
func (t *tally) rejected() map[string]uint64 {
	reasons := map[string]uint64{}
	if n := t.tooLarge.Load(); n > 0 {
		reasons["too-large"] = n
	}
	return reasons
}
