package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/plugins"
)

// allParts makes every generated part, by its name: each id that is built in, and the tables below.
func allParts(root string) (map[string]string, error) {
	parts := map[string]string{"reasons": reasonTable(), "states": stateTable(), "metrics": metricTable()}
	types := ownIDs()
	for _, t := range types {
		keys, err := keyTable(t.Schema)
		if err != nil {
			return nil, fmt.Errorf("the schema of %s: %w", t.ID, err)
		}
		parts[t.ID] = keys + abilities(t.Capabilities)
	}
	file, err := config.FileSchema(types)
	if err != nil {
		return nil, err
	}
	for name, path := range map[string][]string{
		"global":   {"properties", "global"},
		"instance": {"properties", "plugins", "properties", "endpoints", "items"},
		"programs": {"properties", "plugins", "properties", "programs", "additionalProperties"},
		"outlet":   {"properties", "routes", "additionalProperties", "items", "oneOf", "1"},
	} {
		if parts[name], err = subTable(file, path); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	parts["commands"], err = commandTable(root)
	return parts, err
}

// ownIDs are all ids that are built in.
func ownIDs() []core.TypeInfo {
	types := hub.OwnTypes()
	for _, p := range plugins.Infos() {
		types = append(types, p.Types...)
	}
	return types
}

// subTable is the table of a schema inside another one.
func subTable(schema []byte, path []string) (string, error) {
	for _, step := range path {
		var object map[string]json.RawMessage
		var list []json.RawMessage
		if json.Unmarshal(schema, &list) == nil {
			var index int
			if _, err := fmt.Sscan(step, &index); err != nil || index >= len(list) {
				return "", fmt.Errorf("the schema of a file has no %s in %v", step, path)
			}
			schema = list[index]
			continue
		}
		if err := json.Unmarshal(schema, &object); err != nil || object[step] == nil {
			return "", fmt.Errorf("the schema of a file has no %s in %v", step, path)
		}
		schema = object[step]
	}
	return keyTable(schema)
}

func abilities(can core.Capabilities) string {
	sentences := can.Sentences()
	if len(sentences) == 0 {
		return ""
	}
	return "\nWhat it can do, unless a key lessens it:\n\n* " + strings.Join(sentences, "\n* ") + "\n"
}

func reasonTable() string {
	rows := [][]string{{"reason", "why a message was dropped"}}
	for reason := range core.Reason(core.ReasonCount) {
		rows = append(rows, []string{code(reason.String()), reason.Meaning()})
	}
	return table(rows...)
}

func stateTable() string {
	rows := [][]string{{"state", "the endpoint"}}
	for state := core.StateDeclared; state <= core.StateDisabled; state++ {
		rows = append(rows, []string{code(state.String()), state.Meaning()})
	}
	return table(rows...)
}
