package config

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/araldo-relay/araldo/core"
	"go.yaml.in/yaml/v3"
)

var example = core.TypeInfo{ID: "endpoint-x", Kind: core.KindEndpoint, Summary: "an x", Schema: []byte(
	`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"path":{"type":"string"}},"required":["path"],"additionalProperties":false}`)}

func TestTheFileSchemaAcceptsAndRefuses(t *testing.T) {
	text, err := FileSchema([]core.TypeInfo{example})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := compile(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file  string
		right bool
	}{
		{"{}", true},
		{"global: {log-level: info, server-port: 80, plugin-dirs: [a]}", true},
		{"global: {log-level: loud}", false},
		{"global: {log: info}", false},
		{"plugins: {endpoints: [{name: a, id: endpoint-x, path: /p, timeout: 3s, restart: {limit: 3}}]}", true},
		{"plugins: {araldo.endpoints.endpoint: [{name: a, id: endpoint-x, path: /p}]}", true},
		{"plugins: {endpoints: [{name: a, id: endpoint-x}]}", false},
		{"plugins: {endpoints: [{name: a, id: endpoint-x, path: /p, pth: /p}]}", false},
		{"plugins: {endpoints: [{name: a, id: endpoint-other, anything: 1}]}", true},
		{"plugins: {endpoints: [{id: endpoint-other}]}", false},
		{"plugins: {endpoint: []}", false},
		{"routes: {a: [b, {to: c, queue: {messages: 3, overflow: block}}]}", true},
		{"routes: {a: []}", false},
		{"routes: {a: [{name: c}]}", false},
	} {
		var value any
		if err := yaml.Unmarshal([]byte(c.file), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != c.right {
			t.Errorf("%s: %v", c.file, err)
		}
	}
}

func TestTheFileSchemaHasEveryKey(t *testing.T) {
	for kind, keys := range hubKeys {
		if got := slices.Sorted(maps.Keys(hubSchemas(kind))); !slices.Equal(got, slices.Sorted(slices.Values(keys))) {
			t.Errorf("%s: the schema has %v, the parser %v", kind, got, keys)
		}
	}
	restart := hubSchemas(core.KindEndpoint)["restart"].(map[string]any)["properties"].(map[string]any)
	if got := slices.Sorted(maps.Keys(restart)); !slices.Equal(got, slices.Sorted(slices.Values(restartKeys))) {
		t.Errorf("restart: %v", got)
	}
	if len(globalSchemas()) != len(globalKeys) {
		t.Errorf("global: %v", globalSchemas())
	}
	if _, err := FileSchema([]core.TypeInfo{{ID: "x", Kind: core.KindEndpoint, Schema: []byte("{")}}); err == nil {
		t.Error("a broken schema passed")
	}
	if text, err := FileSchema(nil); err != nil || !json.Valid(text) {
		t.Error(err)
	}
}
