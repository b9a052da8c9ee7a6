package core

// Guarantee is what a route promises of a message that its source once gave; larger means more.
type Guarantee uint8

// The guarantees.
const (
	AtMostOnce         Guarantee = iota // it can be lost, and is counted then; it comes once at most
	AtLeastOnceFromHub                  // nothing is lost that the hub has stored; what did not come as far can be
	AtLeastOnce                         // nothing is lost, and some of it may come twice
)

var guaranteeNames = [...]string{"at-most-once", "at-least-once-from-hub", "at-least-once"}

func (g Guarantee) String() string { return guaranteeNames[min(int(g), len(guaranteeNames)-1)] }
