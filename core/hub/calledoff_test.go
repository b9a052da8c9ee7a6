package hub_test

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Whoever asked for a restart may leave while the plugin is drained. It is carried out all the same: what is drained does
// not go on by itself.
func TestARestartThatNobodyWaitsForIsCarriedOut(t *testing.T) {
	r := start(t, `
global: {shutdown-timeout: 10s}
plugins:
  endpoints:
    - {name: load, id: endpoint-mock, every: 1ms, ack: true}
    - {name: sink, id: endpoint-mock}
    - {name: stuck, id: endpoint-mock, process: own, stall-after: 0}
routes:
  load: [{to: sink, queue: {messages: 100000}}, {to: stuck, queue: {messages: 100000}}]
`)
	for range 4 {
		before := r.plugin("mock").PID
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.RestartPlugin(ctx, "mock") }()
		eventually(t, "it is drained", func() bool { return r.endpoint("load").State == "draining" })
		leave()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		r.back("mock", before)
		delivered := r.outlet("load", "sink").Account.Delivered
		eventually(t, "messages flow", func() bool { return r.outlet("load", "sink").Account.Delivered > delivered })
	}
	r.Abort()
	<-r.ended
	r.ended <- nil
}

// So may whoever has an endpoint switched off, while that gives what it read time to settle.
func TestASwitchThatNobodyWaitsForIsTold(t *testing.T) {
	client, url := redisServer(t)
	r := start(t, fmt.Sprintf(`
global: {shutdown-timeout: 1s}
plugins:
  endpoints:
    - {name: orders, id: endpoint-redis, url: %q, stream: orders, group: hub}
    - {name: stuck, id: endpoint-mock, stall-after: 0}
routes:
  orders: [stuck]
`, url))
	feeding(t, client, "orders")
	eventually(t, "entries are held", func() bool { return r.outlet("orders", "stuck").Account.InFlight > 0 })
	ctx, leave := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, leave)
	if err := r.SetEnabled(ctx, "orders", false); err != nil {
		t.Error(err)
	}
	if now := r.endpoint("orders"); now.State != "disabled" || now.Enabled {
		t.Errorf("it is %s, enabled %v", now.State, now.Enabled)
	}
}
