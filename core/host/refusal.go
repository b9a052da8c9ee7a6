package host

import "fmt"

// refusal is what was not taken from a plugin, and why. Each has its own counter.
type refusal uint8

const (
	refusedTooLarge  refusal = iota // a message over the size limit
	refusedAttribute                // an attribute with a name or value that must not be, or that is the hub's own
	refusedUntrusted                // `to`, `hops` or `correlation` of an endpoint that is not trusted with it
	refusedEpoch                    // a batch, credit or receipt of an epoch that is over or never was
	refusedEvent                    // an event of unknown kind
	resetCredit                     // a stream: it sent without credit
	resetSequence                   // a stream: messages twice or with gaps
	resetColumns                    // a stream: a batch whose columns do not fit together
	resetLane                       // a stream: a lane that was never opened
	resetReceipt                    // a stream: a receipt for what was never sent, or twice for the same
	resetFrame                      // a stream: a frame that is too large or no frame
	resetQuestion                   // a stream: more questions than may be pending, or one twice
	refusalCount
)

var refusalNames = [refusalCount]string{"too-large", "attribute", "untrusted-attribute", "void", "event",
	"stream-credit", "stream-sequence", "stream-columns", "stream-lane", "stream-receipt", "stream-frame",
	"stream-question"}

func (r refusal) String() string { return refusalNames[r] }

// violation ends a stream whose plugin broke the protocol.
type violation struct {
	refusal refusal
	detail  string
}

func (v *violation) Error() string { return v.detail }

func violates(r refusal, format string, args ...any) error {
	return &violation{refusal: r, detail: fmt.Sprintf(format, args...)}
}
