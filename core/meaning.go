package core

var reasonMeanings = [ReasonCount]string{
	ReasonOverflow:      "the queue was full, and its policy drops",
	ReasonPluginLost:    "live: it was sent and not yet receipted when the plugin died",
	ReasonNoRecipient:   "nobody was connected, or nobody of those whom `to` names",
	ReasonDisabled:      "the endpoint is switched off",
	ReasonFailed:        "live: an attempt failed that may not be repeated, since the other side may have the message",
	ReasonRefused:       "the other side will never take this message, and there is no dead letter",
	ReasonTooLarge:      "it is larger than the endpoint, or `max-message`, can carry",
	ReasonTimeout:       "live: no receipt came within the endpoint's `timeout`",
	ReasonShutdown:      "it was still there when `shutdown-timeout` had passed",
	ReasonRemoved:       "it was still there when its outlet left the configuration",
	ReasonCrashedPlugin: "its plugin died again and again while it was in flight, at last alone",
	ReasonUndecodable:   "it is not what its source takes for a message, or the source's marshalling can't read it and the outlet needs the value",
	ReasonUnencodable:   "the target's marshalling can't hold it",
	ReasonFilterError:   "the outlet's `when` has no result for it",
	ReasonHopLimit:      "it has passed through hubs eight times: it goes round",
	ReasonLateReply:     "nobody waits for this reply: it came too late, a second time, or without a request",
}

// Meaning is the reason in words for people, one line without a full stop, with key names between backquotes.
func (r Reason) Meaning() string { return reasonMeanings[min(int(r), len(reasonMeanings)-1)] }

var stateMeanings = [...]string{
	StateDeclared: "stands in the configuration and is not started yet",
	StateStarting: "has its plugin started, or is being opened",
	StateReady:    "takes and gives messages",
	StateDraining: "finishes what it has and takes nothing new",
	StateDegraded: "is open, but can't reach its other side, and tries again",
	StateBackoff:  "has a plugin that ended and is started again after a pause",
	StateFailed:   "is given up: its plugin ended too often, or it could not be opened",
	StateStopped:  "is closed in good order",
	StateDisabled: "is switched off, by the configuration or by hand",
}

// Meaning is the state in words for people, which go on from the endpoint's name.
func (s State) Meaning() string { return stateMeanings[min(int(s), len(stateMeanings)-1)] }
