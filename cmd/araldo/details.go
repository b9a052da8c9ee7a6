package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core/control"
)

// plugin shows all of one plugin.
func (p *page) plugin(one control.Plugin) {
	path := one.Path
	if path == "" {
		path = "built in"
	}
	p.line("plugin %s %s (%s)", one.Name, one.Version, path)
	p.line("  state     %s for %s", one.State, p.since(one.Since))
	p.line("  pid       %s, restarts %d", pidText(one.PID), one.Restarts)
	if one.LastError != "" {
		p.line("  error     %s", one.LastError)
	}
	for _, id := range one.IDs {
		p.line("  offers    %s (%s): %s", id.ID, id.Kind, id.Summary)
	}
	for _, text := range one.Log {
		p.line("  log       %s", text)
	}
}

// endpoint shows all of one endpoint.
func (p *page) endpoint(one control.Endpoint) {
	p.line("endpoint %s: %s of plugin %s", one.Name, one.ID, one.Plugin)
	if one.Summary != "" {
		p.line("  what      %s", one.Summary)
	}
	p.line("  state     %s for %s", one.State, p.since(one.Since))
	for _, claim := range one.Claims {
		p.line("  takes     %s", claim)
	}
	p.line("  received  %d messages, %d bytes", one.Received, one.ReceivedBytes)
	if notes := endpointNotes(one); len(notes) > 0 {
		p.line("  notes     %s", strings.Join(notes, "; "))
	}
	for _, key := range slices.Sorted(maps.Keys(one.Settings)) {
		p.line("  setting   %s: %s", key, value(one.Settings[key]))
	}
	for _, f := range one.Figures {
		p.line("  figure    %s: %d", f.Name, f.Value)
	}
	p.connections(one.Connections)
}

func (p *page) connections(list []control.Connection) {
	rows := [][]string{{"CONNECTION", "PEER", "FOR", "QUEUED", "LOST"}}
	for _, c := range list {
		rows = append(rows, []string{c.ID, c.Peer, p.since(c.Since), fmt.Sprint(c.Queued), fmt.Sprint(c.Lost)})
	}
	p.table(rows)
}

// value is a setting as it could stand in a configuration.
func value(setting any) string {
	if text, ok := setting.(string); ok {
		return text
	}
	// What came out of JSON always goes back.
	encoded, _ := json.Marshal(setting)
	return string(encoded)
}
