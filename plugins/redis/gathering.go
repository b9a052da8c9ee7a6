package redis

import (
	"unsafe"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/plugins/sdk"
)

// gathering collects the messages that one read from the connection brought, so that they go to the hub as one batch:
// it is flushed before the next read, so nothing waits for more. One goroutine uses it.
type gathering struct {
	source   *source
	emit     func([]sdk.Message) error
	messages []sdk.Message
	// usual is how many messages the latest batch had.
	usual int
}

func (g *gathering) take(m *redis.Message) {
	header, named := g.source.headers.of(m.Channel)
	if !named {
		g.source.unnameable.Add(1)
	}
	if g.messages == nil {
		g.messages = make([]sdk.Message, 0, g.usual)
	}
	// The string is the library's own copy and is not kept elsewhere, so it serves as the payload itself.
	payload := unsafe.Slice(unsafe.StringData(m.Payload), len(m.Payload))
	g.messages = append(g.messages, sdk.Message{Header: header, Payload: payload})
}

func (g *gathering) flush() error {
	if len(g.messages) == 0 {
		return nil
	}
	messages := g.messages
	g.messages, g.usual = nil, len(messages)
	g.source.received.Add(uint64(len(messages)))
	return g.emit(messages)
}
