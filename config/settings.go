package config

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// Setting is one value and where it is from: a place in a file, a flag (`--NAME`) or a variable of the environment
// (`$NAME`) in Origin.File; the zero Origin is the default. Secrets are redacted.
type Setting struct {
	Key    string
	Value  any
	Origin core.Position
}

// GlobalSettings are the keys of `global` as they hold, in the order of their documentation.
func (c *Config) GlobalSettings() []Setting { return slices.Clone(c.global) }

// note remembers what holds and where it is from.
func (c *Config) note(s *settings) {
	for _, key := range globalKeys {
		setting := Setting{key.name, c.Secrets.Mask(s.viper.GetString(key.name)), s.origin(key.name)}
		switch key.name {
		case "plugin-dirs":
			setting.Value = append([]string{}, c.Global.PluginDirs...)
		case "data-dir":
			setting.Value = c.Global.DataDir
			if s.viper.GetString(key.name) == "" && s.fromState() != "" {
				setting.Origin = core.Position{File: "$" + stateVariable}
			}
		}
		c.global = append(c.global, setting)
	}
}

// Settings are the instance's keys as they hold: the hub's, then its own by its id's schema. Without a schema its own
// keys have no value here, because which of them are secret is not known.
func (in *Instance) Settings(schema []byte) []Setting {
	var list []Setting
	values := in.hubValues()
	for _, key := range hubKeys[in.Kind] {
		setting := Setting{Key: key, Value: values[key]}
		if v, given := in.value.Child(key); given {
			setting.Origin = v.Position()
		}
		list = append(list, setting)
	}
	own := map[string]any{}
	// What Redacted returns is JSON, or nothing.
	_ = json.Unmarshal(in.Redacted(schema), &own)
	given := map[string]bool{}
	for _, e := range in.own {
		given[e.Key] = true
		list = append(list, Setting{e.Key, own[e.Key], e.Value.Position()})
	}
	fallbacks := in.fallbacks(schema)
	for _, key := range slices.Sorted(maps.Keys(fallbacks)) {
		if !given[key] {
			list = append(list, Setting{Key: key, Value: fallbacks[key]})
		}
	}
	return list
}

// fallbacks are the defaults that a schema names for the outermost keys.
func (in *Instance) fallbacks(schema []byte) map[string]any {
	found := map[string]any{}
	compiled, err := in.schemas.compile(schema)
	if err != nil {
		return found
	}
	s := shapeOf(compiled)
	for _, key := range s.keys() {
		for _, property := range s.property(key) {
			if property.Default != nil {
				found[key] = *property.Default
			}
		}
	}
	return found
}

func (in *Instance) hubValues() map[string]any {
	process := "shared"
	if in.OwnProcess {
		process = "own"
	}
	return map[string]any{
		"name": in.Name, "id": in.ID, "enabled": in.Enabled, "marshalling": in.Marshalling, "process": process,
		"restart": map[string]any{"initial": document.FormatDuration(in.Restart.Initial), "max": document.FormatDuration(in.Restart.Max),
			"limit": in.Restart.Limit, "window": document.FormatDuration(in.Restart.Window)},
		"on-failure": in.OnFailure, "timeout": document.FormatDuration(in.Timeout), "trust": in.Trust,
	}
}
