package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/araldo-relay/araldo/core/control"
	"github.com/araldo-relay/araldo/core/document"
)

// details shows all of what has that name.
func (p *page) details(s control.Status, name string) {
	plugins := map[string]control.Plugin{}
	for _, one := range s.Plugins {
		if plugins[one.Name] = one; one.Name == name {
			p.plugin(one)
		}
	}
	for _, one := range s.Marshallings {
		if one.Name == name {
			p.marshalling(one, plugins[one.Plugin])
		}
	}
	for _, one := range s.Endpoints {
		p.endpoint(one, plugins[one.Plugin])
	}
}

// process shows the plugin behind an endpoint or marshalling; the hub's own have none.
func (p *page) process(one control.Plugin) {
	if one.Name == "" {
		return
	}
	p.line("  plugin    %s %s, pid %s, restarts %d", one.Name, one.Version, pidText(one.PID), one.Restarts)
	if one.LastError != "" {
		p.line("  error     %s", one.LastError)
	}
}

// marshalling shows all of one marshalling.
func (p *page) marshalling(one control.Marshalling, plugin control.Plugin) {
	p.line("marshalling %s: %s of plugin %s", one.Name, one.ID, one.Plugin)
	p.line("  state     %s for %s", one.State, p.since(one.Since))
	p.process(plugin)
	if one.Envelope {
		p.line("  envelope  rewrites every message")
	}
	p.line("  decoded   %s", counted(int(one.Decoded), "message"))
	p.line("  encoded   %s", counted(int(one.Encoded), "message"))
	if notes := marshallingNotes(one); len(notes) > 0 {
		p.line("  notes     %s", strings.Join(notes, "; "))
	}
}

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
	p.line("  sandbox   %s", one.Sandbox)
	for _, rule := range one.Allowed {
		p.line("  allowed   %s", rule)
	}
	if one.Memory != 0 || one.OpenFiles != 0 {
		p.line("  limits    %s", limits(one))
	}
	for _, id := range one.IDs {
		p.line("  offers    %s (%s): %s", id.ID, id.Kind, id.Summary)
	}
	for _, text := range one.Log {
		p.line("  log       %s", text)
	}
}

// endpoint shows all of one endpoint.
func (p *page) endpoint(one control.Endpoint, plugin control.Plugin) {
	p.line("endpoint %s: %s of plugin %s", one.Name, one.ID, one.Plugin)
	if one.Summary != "" {
		p.line("  what      %s", one.Summary)
	}
	p.line("  state     %s for %s", one.State, p.since(one.Since))
	p.process(plugin)
	if one.Marshalling != "" {
		p.line("  bytes     marshalling %s", one.Marshalling)
	}
	for _, claim := range one.Claims {
		p.line("  takes     %s", claim)
	}
	p.line("  received  %s, %s", counted(int(one.Received), "message"), counted(int(one.ReceivedBytes), "byte"))
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

// limits are those of a plugin's process, in the words of the configuration.
func limits(one control.Plugin) string {
	var list []string
	if one.Memory != 0 {
		list = append(list, "memory "+document.FormatBytes(one.Memory))
	}
	if one.OpenFiles != 0 {
		list = append(list, fmt.Sprint("open-files ", one.OpenFiles))
	}
	return strings.Join(list, ", ")
}
