package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Key is one key of a JSON Schema, as people want to read of it.
type Key struct {
	// Name of a key inside another one's mapping is outer.inner.
	Name string
	// Type is a word such as string, size, duration or list of string.
	Type             string
	Required, Secret bool
	// Default is a value as one would write it; DefaultText says in words what holds where no fixed value does, and stands
	// at a description's end as "; default: ...". Both are empty where there is none.
	Default, DefaultText string
	// Words are the only values allowed, none where any may be. Limits are bounds in words; those of durations and sizes
	// stand at a description's end as "(min 1s)".
	Words, Limits []string
	Description   string
	// Class is what a reload does to apply a change, empty where the schema does not say.
	Class string
}

// Keys reads the keys that a JSON Schema gives to an object: those that must be given first, in the schema's order, the
// others by name; those of a mapping follow it.
func Keys(schema []byte) ([]Key, error) {
	var s keySchema
	decoder := json.NewDecoder(bytes.NewReader(schema))
	decoder.UseNumber()
	if err := decoder.Decode(&s); err != nil {
		return nil, err
	}
	return s.keys("", ""), nil
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
	Class         string                `json:"x-reload"`
	Items         *keySchema            `json:"items"`
	Properties    map[string]*keySchema `json:"properties"`
	RequiredNames []string              `json:"required"`
}

// keys are those of a mapping whose own name is prefix; class is its own.
func (s *keySchema) keys(prefix, class string) []Key {
	names := slices.Clone(s.RequiredNames)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var list []Key
	for _, name := range names {
		property := s.Properties[name]
		if property == nil {
			continue
		}
		key := Key{Name: prefix + name, Type: property.kind(), Required: slices.Contains(s.RequiredNames, name),
			Secret: property.WriteOnly, Words: property.words(), Limits: property.limits(), Class: cmp.Or(property.Class, class)}
		if property.Default != nil {
			key.Default = valueText(property.Default)
		}
		key.describe(property.Description)
		list = append(append(list, key), property.keys(prefix+name+".", key.Class)...)
	}
	return list
}

var bound = regexp.MustCompile(`\s*\((min|max) ([^()\s]+)\)$`)

// describe takes a description apart.
func (k *Key) describe(text string) {
	var found []string
	for at := bound.FindStringSubmatchIndex(text); at != nil; at = bound.FindStringSubmatchIndex(text) {
		word := map[string]string{"min": "at least ", "max": "at most "}[text[at[2]:at[3]]]
		if limit := text[at[4]:at[5]]; limit != "0s" {
			found = append([]string{word + limit}, found...)
		}
		text = text[:at[0]]
	}
	k.Limits = append(k.Limits, found...)
	k.Description, k.DefaultText, _ = strings.Cut(text, "; default: ")
}

// valueText writes a value as it stands in a configuration.
func valueText(v any) string {
	items, is := v.([]any)
	if !is {
		return fmt.Sprint(v)
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = fmt.Sprint(item)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// kind is the type as people call it. Texts with a pattern may be durations or sizes.
func (s *keySchema) kind() string {
	text := ""
	switch t := s.Type.(type) {
	case string:
		text = t
	case []any:
		var names []string
		for _, one := range t {
			if one != "null" {
				names = append(names, fmt.Sprint(one))
			}
		}
		text = strings.Join(names, " or ")
	}
	switch {
	case text == "" && len(s.Enum) > 0:
		return "string"
	case s.Minimum != nil && strings.Contains(text, "integer"):
		return "integer"
	case text == "array" && s.Items != nil:
		return "list of " + s.Items.kind()
	case text == "object":
		return "mapping"
	case strings.Contains(s.Pattern, "KiB"):
		return "size"
	case strings.Contains(s.Pattern, "ms|"):
		return "duration"
	}
	return text
}

// words are the allowed values, of a list's items too.
func (s *keySchema) words() []string {
	allowed := s.Enum
	if s.Items != nil {
		allowed = s.Items.Enum
	}
	var list []string
	for _, one := range allowed {
		list = append(list, fmt.Sprint(one))
	}
	return list
}

func (s *keySchema) limits() []string {
	var list []string
	for _, of := range []struct {
		least, most *json.Number
		what        string
	}{{s.Minimum, s.Maximum, ""}, {s.MinLength, s.MaxLength, " characters"}, {s.MinItems, s.MaxItems, " entries"}} {
		switch {
		case of.least != nil && of.most != nil:
			list = append(list, fmt.Sprintf("from %s to %s%s", of.least, of.most, of.what))
		case of.least != nil && of.what != "" && *of.least == "1":
			list = append(list, "not empty")
		case of.least != nil:
			list = append(list, fmt.Sprintf("from %s%s", of.least, of.what))
		case of.most != nil:
			list = append(list, fmt.Sprintf("up to %s%s", of.most, of.what))
		}
	}
	return list
}
