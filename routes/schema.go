package routes

import (
	"maps"
	"slices"

	"github.com/araldo-relay/araldo/core"
)

// Schema is the JSON Schema (draft 2020-12) of the section `routes`, for editors. Parse is stricter.
func Schema() map[string]any {
	return map[string]any{
		"type":        "object",
		"description": "who gets whose messages: the name of an inbound endpoint, then its outlets",
		"additionalProperties": map[string]any{
			"type": "array", "minItems": 1, "items": map[string]any{"oneOf": []any{
				map[string]any{"type": "string", "description": "an endpoint's name: all defaults"},
				map[string]any{"type": "object", "properties": outletSchemas(), "required": []string{"to"}, "additionalProperties": false},
			}},
		},
	}
}

func outletSchemas() map[string]any {
	return map[string]any{
		"to":       map[string]any{"type": "string", "description": "the endpoint that gets the messages"},
		"name":     map[string]any{"type": "string", "description": "the outlet's name within its route, needed where one endpoint stands twice in it; default: as to"},
		"when":     map[string]any{"type": "string", "description": "which messages pass, an expression in CEL over source, attributes and data; default: all"},
		"delivery": map[string]any{"enum": []string{"auto", "live"}, "default": "auto", "description": "what is promised; auto gives live, acked and durable are not available yet"},
		"echo":     map[string]any{"type": "boolean", "default": true, "description": "false: not back to the connection that a message came from"},
		"queue": map[string]any{"type": "object", "description": "bounds what waits for the endpoint", "additionalProperties": false,
			"properties": map[string]any{
				"messages": map[string]any{"type": "integer", "minimum": 1, "maximum": mostQueueMessages, "default": DefaultQueueMessages,
					"description": "how many messages may wait"},
				"bytes": map[string]any{"type": []string{"string", "integer"}, "pattern": `^[0-9]+ *(B|KiB|MiB|GiB|kB|MB|GB)?$`, "default": "8MiB",
					"description": "how many bytes may wait, 1KiB to 1GiB; of messages and bytes, what is reached first counts"},
				"overflow": map[string]any{"enum": slices.Sorted(maps.Keys(overflows)), "default": core.OverflowDropOldest.String(),
					"description": "what happens at the bounds; block: the source waits"},
			}},
	}
}
