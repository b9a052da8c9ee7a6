package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/routes"
)

// FileSchema is the JSON Schema (draft 2020-12) of a whole file, for editors: the hub's own keys and, for each id among
// types, those of its plugin. Instances of other ids may have any keys. Load is stricter: a schema can't say that a name
// stands twice or leads nowhere.
func FileSchema(types []core.TypeInfo) ([]byte, error) {
	lists := map[string]any{}
	for name, kind := range groups {
		schema, err := groupSchema(kind, types)
		if err != nil {
			return nil, err
		}
		lists[name] = schema
	}
	lists[programsKey] = programsSchema()
	return json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "configuration of araldo",
		"type":    "object",
		"properties": map[string]any{
			"global": closed(globalSchemas(), "what holds for the whole hub"),
			"plugins": map[string]any{"type": "object", "description": "what the hub speaks with", "properties": lists,
				"additionalProperties": false},
			"routes": routes.Schema(),
		},
		"additionalProperties": false,
	}, "", "  ")
}

func closed(properties map[string]any, description string) map[string]any {
	return map[string]any{"type": []string{"object", "null"}, "description": description, "properties": properties,
		"additionalProperties": false}
}

// The patterns of texts that are parsed further, as document.ParseDuration and ParseBytes read them.
const (
	durationPattern = `^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`
	bytesPattern    = `^[0-9]+ *(B|KiB|MiB|GiB|kB|MB|GB)?$`
)

func globalSchemas() map[string]any {
	properties := map[string]any{}
	for _, key := range globalKeys {
		schema := map[string]any{"description": key.usage, "type": "string", classWord: key.class.String()}
		if key.fallback != "" {
			schema["default"] = key.fallback
		}
		properties[key.name] = schema
	}
	extend := func(name string, more map[string]any) { maps.Copy(properties[name].(map[string]any), more) }
	extend("server-port", map[string]any{"type": []string{"integer", "string"}, "minimum": 1, "maximum": 65535})
	extend("metrics-port", map[string]any{"type": []string{"integer", "string"}, "minimum": 0, "maximum": 65535})
	extend("trace-sample", map[string]any{"type": []string{"number", "string"}, "minimum": 0, "maximum": 1})
	extend("log-level", map[string]any{"enum": logLevels, "description": "what is worth a line"})
	extend("verify", map[string]any{"enum": verifyWords})
	extend("max-message", map[string]any{"type": []string{"string", "integer"}, "pattern": bytesPattern})
	extend("shutdown-timeout", map[string]any{"pattern": durationPattern})
	extend("plugin-dirs", map[string]any{"type": "array", "items": map[string]any{"type": "string"}})
	return properties
}

// groupSchema is a list of instances, each by the schema of its id.
func groupSchema(kind core.Kind, types []core.TypeInfo) (map[string]any, error) {
	item := map[string]any{
		"type": "object", "properties": hubSchemas(kind), "required": []string{"name", "id"},
	}
	var ids, rules []any
	for _, t := range types {
		if t.Kind != kind {
			continue
		}
		own, err := instanceSchema(kind, t)
		if err != nil {
			return nil, err
		}
		ids = append(ids, t.ID)
		rules = append(rules, map[string]any{
			"if":   map[string]any{"properties": map[string]any{"id": map[string]any{"const": t.ID}}, "required": []string{"id"}},
			"then": own,
		})
	}
	if len(ids) > 0 {
		item["allOf"] = rules
		item["properties"].(map[string]any)["id"].(map[string]any)["examples"] = ids
	}
	return map[string]any{"type": []string{"array", "null"}, "items": item}, nil
}

// instanceSchema adds the hub's keys to those of an id.
func instanceSchema(kind core.Kind, t core.TypeInfo) (map[string]any, error) {
	var own map[string]any
	if err := json.Unmarshal(t.Schema, &own); err != nil {
		return nil, fmt.Errorf("the schema of %s: %w", t.ID, err)
	}
	delete(own, "$schema")
	properties, _ := own["properties"].(map[string]any)
	for _, schema := range properties {
		if schema, is := schema.(map[string]any); is {
			schema[classWord] = ClassEndpointRestart.String()
		}
	}
	merged := hubSchemas(kind)
	maps.Copy(merged, properties)
	own["properties"] = merged
	own["description"] = t.Summary
	return own, nil
}

// hubSchemas are the keys of an instance that belong to the hub.
func hubSchemas(kind core.Kind) map[string]any {
	text := func(description string) map[string]any {
		return map[string]any{"type": "string", "description": description}
	}
	duration := func(description string, fallback string) map[string]any {
		return map[string]any{"type": "string", "pattern": durationPattern, "description": description, "default": fallback}
	}
	all := map[string]any{
		"name":        map[string]any{"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "description": "its own name, used in routes; 1 to 64 of the characters A-Z a-z 0-9 . _ -"},
		"id":          text("what it is, such as endpoint-redis"),
		"enabled":     map[string]any{"type": "boolean", "default": true, "description": "false: it starts switched off"},
		"marshalling": text("name of the marshalling that its bytes are written in; without one they pass untouched"),
		"process":     map[string]any{"enum": []string{"shared", "own"}, "default": "shared", "description": "own: a plugin process of its own, not shared with other instances"},
		"restart": closed(map[string]any{
			"initial": duration("first pause before its plugin is started again, doubled each time; 0: no pauses", "250ms"),
			"max":     duration("longest pause", "30s"),
			"limit": map[string]any{"type": "integer", "minimum": 0, "maximum": 1000, "default": DefaultRestart.Limit,
				"description": "restarts within the window before it has failed; 0: it never has"},
			"window": duration("the time in which restarts are counted", "5m"),
		}, "how its plugin is started again when it ends; what one instance says holds for all that share its process"),
		"on-failure": map[string]any{"enum": []string{OnFailureDisable, OnFailureExit}, "default": OnFailureDisable, "description": "when its plugin has failed, its instances stay out of use, or the hub ends"},
		"timeout":    duration("how long it may take for a message; 1ms to 1h", "10s"),
		"trust":      map[string]any{"type": "array", "items": map[string]any{"enum": trustable}, "description": "attributes that its messages may bring along, traceparent with tracestate; default: none where others connect to it, all where it connects to a middleware"},
	}
	maps.DeleteFunc(all, func(key string, _ any) bool { return !slices.Contains(hubKeys[kind], key) })
	for key, schema := range all {
		schema.(map[string]any)[classWord] = hubClass(kind, key).String()
	}
	return all
}
