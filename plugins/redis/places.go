package redis

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// places says to which channels each message of a batch goes: all to the same, or each to one of its own.
type places struct {
	fixed []any // channels for every message; nil with a template
	// names is, with a template, each message's channel, and refusals why a message has none.
	names    []string
	refusals []*sdk.Failure
}

// fixedPlaces are the same for all batches.
func fixedPlaces(channels []string) *places {
	p := &places{fixed: make([]any, len(channels))}
	for i, channel := range channels {
		p.fixed[i] = channel
	}
	return p
}

// places fills the template in for each message. All names share one piece of memory.
func (t *template) places(messages []sdk.Message) *places {
	p := &places{names: make([]string, len(messages)), refusals: make([]*sdk.Failure, len(messages))}
	text := make([]byte, 0, len(messages)*(len(t.text)+16))
	ends := make([]int, len(messages))
	for i := range messages {
		before := len(text)
		filled, err := t.channel(text, &messages[i])
		if err != nil {
			filled = filled[:before]
			p.refusals[i] = &sdk.Failure{Class: core.FailurePermanent, Scope: core.ScopeMessage, Attempted: core.AttemptedNo,
				Detail: err.Error()}
		}
		text = filled
		ends[i] = len(text)
	}
	all, begin := string(text), 0
	for i, end := range ends {
		p.names[i], begin = all[begin:end], end
	}
	return p
}

// each is how many commands message i makes.
func (p *places) each(i int) int {
	switch {
	case p.names == nil:
		return len(p.fixed)
	case p.refusals[i] != nil:
		return 0
	}
	return 1
}

// channel is the argument of message i's command n. It points to a name, so that no copy is made.
func (p *places) channel(i, n int) any {
	if p.names == nil {
		return p.fixed[n]
	}
	return &p.names[i]
}

// refusal is why message i is published nowhere, nil if it is.
func (p *places) refusal(i int) *sdk.Failure {
	if p.names == nil {
		return nil
	}
	return p.refusals[i]
}

// none reports whether none of n messages is published anywhere.
func (p *places) none(n int) bool {
	for i := range n {
		if p.each(i) > 0 {
			return false
		}
	}
	return true
}
