package redis

import (
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

const (
	// maxName is the longest channel name that becomes an attribute, bytes.
	maxName = 1024
	// maxHeaders is how many channels' headers are remembered at once.
	maxHeaders = 4096
)

// nameable reports whether a channel or pattern can be an attribute's value.
func nameable(name string) bool {
	return len(name) <= maxName && core.CheckAttribute(sdk.Attribute{Name: "channel", Value: name}) == nil
}

// headers makes one Header per channel name and shares it among all messages of that channel. One goroutine uses it.
type headers struct {
	pattern string
	made    map[string]header
	// last is the channel of the latest message and latest its header: in a run of messages each costs one comparison.
	last   string
	latest header
}

// header is a Header and whether it names the channel.
type header struct {
	*sdk.Header
	named bool
}

// of returns the header for messages of a channel; false says that the channel's name can't be carried and was left out.
func (h *headers) of(channel string) (*sdk.Header, bool) {
	if channel != h.last || h.latest.Header == nil {
		h.last, h.latest = channel, h.find(channel)
	}
	return h.latest.Header, h.latest.named
}

func (h *headers) find(channel string) header {
	if known, found := h.made[channel]; found {
		return known
	}
	if h.made == nil || len(h.made) == maxHeaders {
		h.made = make(map[string]header)
	}
	made := h.build(channel)
	h.made[channel] = made
	return made
}

func (h *headers) build(channel string) header {
	var list []sdk.Attribute
	named := nameable(channel)
	if named {
		list = append(list, sdk.Attribute{Name: "channel", Value: channel})
	}
	if h.pattern != "" {
		list = append(list, sdk.Attribute{Name: "pattern", Value: h.pattern})
	}
	return header{&sdk.Header{Attributes: core.NewAttributes(list...)}, named}
}
