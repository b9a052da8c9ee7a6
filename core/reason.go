package core

// Reason is why a message was dropped at an outlet. Each has its own counter.
type Reason uint8

// The reasons.
const (
	ReasonOverflow      Reason = iota // the queue was full and its policy drops
	ReasonPluginLost                  // sent and not receipted when the plugin died
	ReasonNoRecipient                 // nobody was connected or addressed
	ReasonDisabled                    // the endpoint is disabled
	ReasonFailed                      // live: a failed attempt that may not be repeated
	ReasonRefused                     // a permanent failure of this message, nowhere to put it
	ReasonTooLarge                    // over the endpoint's size limit
	ReasonTimeout                     // live: no receipt within the endpoint's timeout
	ReasonShutdown                    // still there when shutdown-timeout passed
	ReasonRemoved                     // still there when its outlet was taken out of the configuration
	ReasonCrashedPlugin               // its plugin died three times while it was in flight
	ReasonUndecodable                 // its source can't read it, or its marshalling can't and the outlet needs the value
	ReasonUnencodable                 // the target's marshalling can't hold it
	ReasonFilterError                 // the outlet's `when` has no result for it
	ReasonHopLimit                    // it has passed through hubs MaxHops times: it goes round
	ReasonLateReply                   // a reply that nobody waits for (any more)
	reasonCount
)

// MaxHops is how often a message may pass through a hub, this one or others, where its envelope or its source counts
// that.
const MaxHops = 8

// ReasonCount is how many reasons there are; they count from 0.
const ReasonCount = int(reasonCount)

var reasonNames = [...]string{"overflow", "plugin-lost", "no-recipient", "disabled", "failed", "refused", "too-large",
	"timeout", "shutdown", "removed", "crashed-plugin", "undecodable", "unencodable", "filter-error",
	"hop-limit", "late-reply"}

func (r Reason) String() string { return reasonNames[min(int(r), len(reasonNames)-1)] }
