package hub

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// statusType is endpoint-status: the accounts of the hub as messages.
var statusType = core.TypeInfo{
	ID: "endpoint-status", Kind: core.KindEndpoint, Summary: "the hub's own accounts and states as messages (JSON)",
	Schema: []byte(`{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"type": "object",
		"properties": {
			"every": {
				"type": "string",
				"pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$",
				"examples": ["500ms"],
				"default": "1s",
				"description": "how often a message is made (min 100ms)"
			}
		},
		"additionalProperties": false
	}`),
	Capabilities: core.Capabilities{Inbound: &core.Inbound{Ack: core.AckNone, Replay: core.ReplayNone, Pausable: true,
		Limit: "an account is told once; the next one takes its place"}},
}

// shortestReport keeps the asking of all endpoints from becoming a load of its own.
const shortestReport = 100 * time.Millisecond

// statusConfig is the keys of an endpoint-status.
type statusConfig struct {
	Every string `json:"every"`
}

// every is the pause between two messages. Keys that passed assessStatus are right.
func (c statusConfig) every() (time.Duration, error) {
	if c.Every == "" {
		return time.Second, nil
	}
	every, err := time.ParseDuration(c.Every)
	if err == nil && every < shortestReport {
		err = fmt.Errorf("%q is too often, must be at least %s", c.Every, shortestReport)
	}
	return every, err
}

// assessStatus is to endpoint-status what a plugin's ValidateConfig is to its ids.
func assessStatus(own []byte) core.Assessment {
	assessment := core.Assessment{Capabilities: statusType.Capabilities}
	if _, err := readStatusConfig(own); err != nil {
		assessment.Diagnostics = []core.Diagnostic{{
			Severity: core.SeverityError, Path: "/every", Summary: err.Error(), Detail: "write it as in 500ms or 5s",
		}}
	}
	return assessment
}

func readStatusConfig(own []byte) (time.Duration, error) {
	var keys statusConfig
	if err := json.Unmarshal(own, &keys); err != nil {
		return 0, err
	}
	return keys.every()
}
