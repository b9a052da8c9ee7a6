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
				map[string]any{"type": "object", "properties": applied(outletSchemas()), "required": []string{"to"}, "additionalProperties": false},
			}},
		},
	}
}

func outletSchemas() map[string]any {
	return map[string]any{
		"to":       map[string]any{"type": "string", "description": "the endpoint that gets the messages"},
		"name":     map[string]any{"type": "string", "description": "the outlet's name within its route, needed where one endpoint stands twice in it; default: as to"},
		"when":     map[string]any{"type": "string", "description": "which messages pass, an expression in CEL over source, attributes and data; default: all"},
		"delivery": map[string]any{"enum": []string{"auto", "live", "acked"}, "default": "auto", "description": "what is promised; auto is acked where both ends can do that, else live; durable is not available yet"},
		"require": map[string]any{"enum": []string{"at-most-once", "at-least-once-from-hub", "at-least-once"}, "default": "at-most-once",
			"description": "the least that the outlet must guarantee; where its ends can't, the configuration is refused"},
		"required":    map[string]any{"type": "boolean", "default": true, "description": "false: the source of an acked outlet does not wait for it"},
		"order":       map[string]any{"enum": []string{"first-attempt", "strict"}, "default": "first-attempt", "description": "first-attempt: a message that is tried again may come after its successors; strict: they wait for it"},
		"ttl":         duration("how long a message may wait, 1ms to 8760h; then it has expired", ""),
		"on-poison":   map[string]any{"enum": []string{"block", "drop"}, "description": "what becomes of a message that the endpoint can never take, without a dead letter; default: block where delivery is acked, else drop"},
		"dead-letter": map[string]any{"type": "string", "description": "the endpoint that gets what this one can never take"},
		"retry": map[string]any{"type": "object", "description": "the pauses between attempts", "additionalProperties": false,
			"properties": map[string]any{
				"initial": duration("longest first pause, 1ms to 24h, doubled each time", "200ms"),
				"max":     duration("longest pause, 1ms to 24h", "30s"),
			}},
		"hold": map[string]any{"type": "object", "description": "what is kept for an endpoint that is away, in place of what the queue may hold", "additionalProperties": false,
			"properties": map[string]any{
				"messages": map[string]any{"type": "integer", "minimum": 1, "maximum": mostHeld, "description": "how many messages; default: as the queue"},
				"age":      duration("for how long, 1ms to 24h", ""),
			}},
		"reply-timeout": duration("makes requests of the messages: the first reply to each that comes in this time, such as 30s, 1ms to 1h, goes to who sent it and to nobody else", ""),
		"echo":          map[string]any{"type": "boolean", "default": true, "description": "false: not back to the connection that a message came from"},
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

// duration is the schema of a time; an empty fallback is none.
func duration(description, fallback string) map[string]any {
	schema := map[string]any{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, "description": description}
	if fallback != "" {
		schema["default"] = fallback
	}
	return schema
}

// applied says of each key what a reload does to apply a change of it: an outlet is replaced, and no endpoint is
// interrupted (config.ClassLive).
func applied(keys map[string]any) map[string]any {
	for _, schema := range keys {
		schema.(map[string]any)["x-reload"] = "live"
	}
	return keys
}
