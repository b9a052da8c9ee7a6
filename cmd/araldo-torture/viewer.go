package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/coder/websocket"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
)

// viewer is a browser on the live outlet: it reads, and connects again when its connection ends.
type viewer struct {
	url    string
	ledger *ledger.Ledger
	// connects counts its connections, ends how many of them ended without its doing.
	connects, ends atomic.Int64
}

// newViewer looks at the endpoint browsers on a port.
func newViewer(port int, l *ledger.Ledger) *viewer {
	return &viewer{url: fmt.Sprintf("ws://127.0.0.1:%d/ws", port), ledger: l}
}

// run reads until ctx ends.
func (v *viewer) run(ctx context.Context) {
	for ctx.Err() == nil {
		conn, _, err := websocket.Dial(ctx, v.url, nil)
		if err != nil {
			pause(ctx, 2*pace)
			continue
		}
		v.connects.Add(1)
		v.read(ctx, conn)
		if ctx.Err() == nil {
			v.ends.Add(1)
		}
	}
}

// read takes messages until the connection ends.
func (v *viewer) read(ctx context.Context, conn *websocket.Conn) {
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(4 << 20)
	for {
		_, payload, err := conn.Read(ctx)
		if err != nil {
			return
		}
		v.ledger.Arrive(ledger.Browser, payload, "")
	}
}
