package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core"
)

// described is an id of `plugins describe`; its JSON names are a promise.
type described struct {
	ID           string          `json:"id"`
	Kind         string          `json:"kind"`
	Summary      string          `json:"summary"`
	Plugin       string          `json:"plugin"`
	Version      string          `json:"version"`
	Capabilities []string        `json:"capabilities"`
	Schema       json.RawMessage `json:"schema"`
}

func describeID(command *cobra.Command, args []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range builtIn() {
		for _, t := range p.Types {
			if ids = append(ids, t.ID); t.ID != args[0] {
				continue
			}
			d := described{t.ID, t.Kind.String(), t.Summary, p.Name, p.Version, abilities(t.Capabilities), t.Schema}
			if format == formatJSON {
				return writeJSON(command.OutOrStdout(), d)
			}
			page := &page{screen: screenOf(command.OutOrStdout())}
			page.described(d)
			return page.err
		}
	}
	wrong := &usageError{"no built-in plugin offers the id " + quoted(args[0]), "`araldo plugins list` lists them"}
	if near := nearest(args[0], ids); near != "" {
		wrong.hint = "did you mean " + near + "?"
	}
	return wrong
}

// abilities says what an endpoint can do. It may be less in one instance, by its configuration.
func abilities(can core.Capabilities) []string {
	list := []string{}
	if in := can.Inbound; in != nil {
		acks := [...]string{"acknowledges nothing to its origin", "acknowledges each message to its origin"}[min(in.Ack, core.AckMessage)]
		replays := [...]string{"brings nothing again", "brings again what was not acknowledged", "can begin again at a stored position"}[min(in.Replay, core.ReplayOffset)]
		pauses := "can't be paused: what comes while queues are full is lost at the source"
		if in.Pausable {
			pauses = "can be paused"
		}
		list = append(list, "inbound: "+acks+", "+replays+", "+pauses)
	}
	if out := can.Outbound; out != nil {
		text := "outbound: confirms when the message is " + [...]string{"handed on", "written to the operating system",
			"accepted by the other side", "on stable storage at the other side"}[min(out.Confirm, core.ConfirmPersisted)]
		if out.Addressing {
			text += ", understands the attribute `to`"
		}
		list = append(list, text)
	}
	return list
}

func (p *page) described(d described) {
	p.styled(bold, "%s: %s", d.ID, d.Summary)
	p.line("%s of plugin %s %s", d.Kind, d.Plugin, d.Version)
	for _, text := range d.Capabilities {
		p.line("  %s", text)
	}
	var schema keySchema
	if err := json.Unmarshal(d.Schema, &schema); err != nil {
		p.keep(fmt.Errorf("the schema of %s: %w", d.ID, err))
		return
	}
	rows := schema.rows("")
	if len(rows) == 0 {
		p.line("no keys of its own")
		return
	}
	p.table(append([][]string{{"KEY", "TYPE", "DEFAULT", "LIMITS", "WHAT"}}, rows...))
}

// keySchema is what people need of a JSON Schema.
type keySchema struct {
	Type          any                   `json:"type"`
	Description   string                `json:"description"`
	Default       any                   `json:"default"`
	Enum          []any                 `json:"enum"`
	Minimum       *json.Number          `json:"minimum"`
	Maximum       *json.Number          `json:"maximum"`
	MinLength     *json.Number          `json:"minLength"`
	MaxLength     *json.Number          `json:"maxLength"`
	MinItems      *json.Number          `json:"minItems"`
	MaxItems      *json.Number          `json:"maxItems"`
	Pattern       string                `json:"pattern"`
	WriteOnly     bool                  `json:"writeOnly"`
	Items         *keySchema            `json:"items"`
	Properties    map[string]*keySchema `json:"properties"`
	RequiredNames []string              `json:"required"`
}

// rows are the keys of an object, those of nested objects below their own as outer.inner.
func (s *keySchema) rows(prefix string) [][]string {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		key := s.Properties[name]
		fallback := "-"
		switch {
		case slices.Contains(s.RequiredNames, name):
			fallback = "required"
		case key.Default != nil:
			fallback = value(key.Default)
		}
		rows = append(rows, []string{prefix + name, key.kind(), fallback, key.limits(), key.Description})
		rows = append(rows, key.rows(prefix+name+".")...)
	}
	return rows
}

// kind is the type as people call it. Texts with a pattern are durations or sizes, which their defaults show.
func (s *keySchema) kind() string {
	text := ""
	switch t := s.Type.(type) {
	case string:
		text = t
	case []any:
		var names []string
		for _, one := range t {
			names = append(names, fmt.Sprint(one))
		}
		text = strings.Join(names, " or ")
	}
	switch {
	case text == "array" && s.Items != nil:
		text = "list of " + s.Items.kind()
	case text == "object":
		text = "mapping"
	case strings.Contains(s.Pattern, "KiB"):
		text = "size"
	case strings.Contains(s.Pattern, "ms|"):
		text = "duration"
	}
	if s.WriteOnly {
		text += ", secret"
	}
	return text
}

func (s *keySchema) limits() string {
	var list []string
	for _, bound := range []struct {
		text  string
		value *json.Number
	}{{"from %s", s.Minimum}, {"to %s", s.Maximum}, {"%s characters or more", s.MinLength}, {"up to %s characters", s.MaxLength},
		{"%s or more", s.MinItems}, {"up to %s", s.MaxItems}} {
		if bound.value != nil {
			list = append(list, fmt.Sprintf(bound.text, bound.value))
		}
	}
	for i, one := range s.Enum {
		s.Enum[i] = fmt.Sprint(one)
	}
	if len(s.Enum) > 0 {
		list = append(list, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s.Enum)), " | "), "[]"))
	}
	return orDash(strings.Join(list, ", "))
}
