package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/routes"
)

// Compare finds what differs between two configurations without errors, as it holds after defaults and `${...}` were put
// in: order, comments and other spellings of one value make no difference, and another value behind a `${...}` does.
// types are the ids that the plugins offer: by their schemas values are read and secrets known. The changes are sorted
// by kind and name, their keys by name. It does no input or output.
func Compare(old, new *Config, types []core.TypeInfo) []Change {
	c := comparison{mask: func(text string) string { return old.Secrets.Mask(new.Secrets.Mask(text)) },
		schemas: map[string][]byte{}}
	for _, t := range types {
		c.schemas[t.ID] = t.Schema
	}
	c.global(old, new)
	c.programs(old, new)
	c.instances(ChangeMarshalling, old.Marshallings, new.Marshallings)
	c.instances(ChangeEndpoint, old.Endpoints, new.Endpoints)
	c.routes(old.Routes, new.Routes)
	sortChanges(c.changes)
	return c.changes
}

// comparison gathers changes.
type comparison struct {
	mask    func(string) string
	schemas map[string][]byte
	changes []Change
}

// changed adds a change of one thing, if it has any keys.
func (c *comparison) changed(change Change, keys []KeyChange) {
	if change.Action, change.Keys = ChangeChanged, keys; len(keys) > 0 {
		c.changes = append(c.changes, change)
	}
}

func (c *comparison) global(old, new *Config) {
	keys := c.fields(fieldsOf(old.Global), fieldsOf(new.Global), func(key string) Class {
		return classOf(globalSchemas(), key)
	})
	c.changed(Change{Kind: ChangeGlobal, Position: core.Position{File: new.Path}}, keys)
}

// fields compares values by key.
func (c *comparison) fields(old, new map[string]string, class func(key string) Class) []KeyChange {
	var keys []KeyChange
	for _, key := range allKeys(old, new) {
		if old[key] != new[key] {
			keys = append(keys, KeyChange{key, class(key), c.mask(old[key]), c.mask(new[key])})
		}
	}
	return keys
}

func allKeys[V any](old, new map[string]V) []string {
	all := maps.Clone(old)
	maps.Copy(all, new)
	return slices.Sorted(maps.Keys(all))
}

// match calls both for each name in old and new, with nil for what one of them does not have.
func match[T any](old, new []T, name func(*T) string, both func(old, new *T)) {
	known := map[string]*T{}
	for i := range old {
		known[name(&old[i])] = &old[i]
	}
	for i := range new {
		both(known[name(&new[i])], &new[i])
		delete(known, name(&new[i]))
	}
	for _, left := range known {
		both(left, nil)
	}
}

func (c *comparison) instances(kind ChangeKind, old, new []Instance) {
	match(old, new, func(in *Instance) string { return in.Name }, func(old, new *Instance) {
		switch {
		case old == nil:
			c.changes = append(c.changes, Change{Kind: kind, Action: ChangeAdded, Name: new.Name, Position: new.Position})
		case new == nil:
			c.changes = append(c.changes, Change{Kind: kind, Action: ChangeRemoved, Name: old.Name, Position: old.Position})
		default:
			c.changed(Change{Kind: kind, Name: new.Name, Position: new.Position}, c.instance(old, new))
		}
	})
}

// instance compares the hub's keys, then the plugin's own. Another id is another thing, whose keys can't be compared.
func (c *comparison) instance(old, new *Instance) []KeyChange {
	keys := c.fields(old.hubTexts(), new.hubTexts(), func(key string) Class { return classOf(hubSchemas(new.Kind), key) })
	if old.ID == new.ID {
		keys = append(keys, c.own(old, new)...)
	}
	return keys
}

// hubTexts are the hub's keys of an instance as they hold, those of a mapping as outer.inner.
func (in *Instance) hubTexts() map[string]string {
	texts := map[string]string{}
	for _, key := range hubKeys[in.Kind] {
		value := in.hubValues()[key]
		inner, is := value.(map[string]any)
		for name, value := range inner {
			texts[key+"."+name] = fmt.Sprint(value)
		}
		if !is {
			texts[key] = fmt.Sprint(value)
		}
	}
	if in.Trust == nil {
		delete(texts, "trust") // what holds then is not the same as trusting nothing
	}
	return texts
}

// own compares the keys of the plugin. What it is told of both is compared, and what people may see is shown.
func (c *comparison) own(old, new *Instance) []KeyChange {
	schema := c.schemas[new.ID]
	before, after := old.values(schema), new.values(schema)
	shownBefore, shownAfter := old.shown(schema), new.shown(schema)
	var keys []KeyChange
	for _, key := range allKeys(before, after) {
		if before[key] != after[key] {
			keys = append(keys, KeyChange{key, ClassEndpointRestart, c.mask(shownBefore[key]), c.mask(shownAfter[key])})
		}
	}
	return keys
}

// values are the plugin's own keys as it is told them, each as JSON, with the defaults that the schema names.
func (in *Instance) values(schema []byte) map[string]string {
	var s shape
	if compiled, err := in.schemas.compile(schema); err == nil {
		s = shapeOf(compiled)
	}
	var ignored core.Problems // they were told when the file was checked
	texts := map[string]string{}
	for key, value := range in.tree(&ignored, s, false) {
		texts[key] = jsonText(value)
	}
	for key, value := range in.fallbacks(schema) {
		if _, given := texts[key]; !given {
			texts[key] = jsonText(value)
		}
	}
	return texts
}

// shown are the plugin's own keys for people; none where a schema is missing that says what is secret.
func (in *Instance) shown(schema []byte) map[string]string {
	texts := map[string]string{}
	for _, s := range in.Settings(schema) {
		if slices.Contains(hubKeys[in.Kind], s.Key) || s.Value == nil {
			continue
		}
		text, is := s.Value.(string)
		if !is {
			text = jsonText(s.Value)
		}
		texts[s.Key] = text
	}
	return texts
}

// jsonText writes a value that came from YAML or JSON, which always can be written.
func jsonText(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

func (c *comparison) routes(old, new []routes.Route) {
	match(old, new, func(r *routes.Route) string { return r.Inbound }, func(old, new *routes.Route) {
		switch {
		case old == nil:
			c.changes = append(c.changes, Change{Kind: ChangeRoute, Action: ChangeAdded, Name: new.Inbound, Position: new.Position})
			old = &routes.Route{Inbound: new.Inbound}
		case new == nil:
			c.changes = append(c.changes, Change{Kind: ChangeRoute, Action: ChangeRemoved, Name: old.Inbound, Position: old.Position})
			new = &routes.Route{Inbound: old.Inbound}
		}
		c.outlets(new.Inbound, old.Outlets, new.Outlets)
	})
}

// outlets compares the outlets of one route. All their keys are live: an outlet that changes is replaced, and its
// endpoint stays open.
func (c *comparison) outlets(route string, old, new []routes.Outlet) {
	match(old, new, func(o *routes.Outlet) string { return o.Name }, func(old, new *routes.Outlet) {
		change := Change{Kind: ChangeOutlet, Route: route}
		switch {
		case old == nil:
			change.Action, change.Name, change.Position = ChangeAdded, new.Name, new.Position
			c.changes = append(c.changes, change)
		case new == nil:
			change.Action, change.Name, change.Position = ChangeRemoved, old.Name, old.Position
			c.changes = append(c.changes, change)
		default:
			change.Name, change.Position = new.Name, new.Position
			c.changed(change, c.fields(fieldsOf(*old), fieldsOf(*new), func(string) Class { return ClassLive }))
		}
	})
}
