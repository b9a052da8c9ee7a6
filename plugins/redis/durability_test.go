package redis

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

func TestGuaranteeNamesHowRedisKeepsItsData(t *testing.T) {
	secretive := startServer(t, "--rename-command", "CONFIG", "")
	down := startServer(t)
	down.kill()
	for name, c := range map[string]struct {
		config  config
		says    string
		confirm core.Confirm
	}{
		"always":    {ofStreamAt(startServer(t, "--appendonly", "yes", "--appendfsync", "always"), "a"), "appendonly yes, appendfsync always", core.ConfirmPersisted},
		"everysec":  {ofStreamAt(startServer(t, "--appendonly", "yes"), "a"), "appendonly yes, appendfsync everysec", core.ConfirmAccepted},
		"none":      {ofStreamAt(startServer(t), "a"), "appendonly no", core.ConfirmAccepted},
		"forbidden": {ofStreamAt(secretive, "a"), "appendonly unknown", core.ConfirmAccepted},
		"down":      {ofStreamAt(down, "a"), "appendonly unknown", core.ConfirmAccepted},
		"embedded":  {config{URL: "embedded://", streamConfig: streamConfig{Stream: "a", Group: "hub"}}, "appendonly no", core.ConfirmAccepted},
	} {
		can := c.config.Capabilities()
		if can.Outbound.Confirm != c.confirm || !strings.HasPrefix(can.Outbound.Durability, c.says) ||
			can.Inbound.Durability != can.Outbound.Durability {
			t.Errorf("%s: %+v, %+v", name, can.Inbound, can.Outbound)
		}
		if (can.Outbound.Limit == "") != (c.confirm == core.ConfirmPersisted) {
			t.Errorf("%s: limit %q", name, can.Outbound.Limit)
		}
	}
}

func TestRedisThatDoesNotAnswerHoldsUpNoCheck(t *testing.T) {
	stopped := startServer(t)
	stopped.signal(syscall.SIGSTOP)
	c := config{Port: stopped.port, streamConfig: streamConfig{Stream: "a"}}
	began := time.Now()
	if can := c.Capabilities(); can.Inbound != nil || can.Outbound == nil {
		t.Errorf("%+v", can)
	}
	if took := time.Since(began); took > 3*askTimeout {
		t.Errorf("took %v", took)
	}
}
