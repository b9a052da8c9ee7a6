package config

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// converter turns YAML into JSON values by the types that a schema wants. A scalar in a field for strings keeps its
// text: NO, 012 and 1.0 stay so. What fits no wanted type is handed on as it looks, for the schema to refuse.
type converter struct {
	problems *core.Problems
	// redact writes Redacted for secrets and `${...}` for what was put in.
	redact bool
	// secret is called with each scalar that a schema marks as one.
	secret func(document.Value)
}

// object converts entries of a mapping.
func (c *converter) object(entries []document.Entry, s shape, hidden bool) map[string]any {
	object := make(map[string]any, len(entries))
	for _, e := range entries {
		object[e.Key] = c.value(e.Value, s.property(e.Key), hidden)
	}
	return object
}

// value converts any value; hidden: it is part of a secret.
func (c *converter) value(v document.Value, s shape, hidden bool) any {
	hidden = hidden || s.secret()
	switch {
	case v.IsMapping():
		return c.object(v.Entries(c.problems, "the value"), s, hidden)
	case v.IsList():
		items := v.Items(c.problems, "the value")
		list := make([]any, len(items))
		for i, item := range items {
			list[i] = c.value(item, s.item(i), hidden)
		}
		return list
	case v.IsNull():
		return nil
	}
	if hidden {
		c.secret(v)
	}
	switch {
	case c.redact && v.Rewritten():
		return v.Original()
	case c.redact && hidden:
		return Redacted
	}
	return scalar(v, s.types())
}

// scalar gives a scalar the first type that the schema wants and YAML sees in it; a value that was put in may be any
// that it reads as.
func scalar(v document.Value, wanted []string) any {
	text, tag := v.Text(), v.Tag()
	wants := func(types ...string) bool {
		return slices.ContainsFunc(types, func(t string) bool { return slices.Contains(wanted, t) })
	}
	free := len(wanted) == 0
	if tag == "" && (free || wants("string")) {
		return text
	}
	if (tag == "!!bool" || tag == "") && (free || wants("boolean")) {
		if lower := strings.ToLower(text); lower == "true" || lower == "false" {
			return lower == "true"
		}
	}
	if (tag == "!!int" || tag == "") && (free || wants("integer", "number")) && wholeNumber.MatchString(text) {
		return json.Number(text)
	}
	if (tag == "!!float" || tag == "!!int" || tag == "") && (free || wants("number")) && isNumber(text) {
		return json.Number(text)
	}
	if wants("string") || free || tag == "" || tag == "!!str" {
		return text
	}
	return mistyped(text, tag, wants)
}

// mistyped is a plain scalar where something else is wanted. A number that JSON can't write stays text, so that it is
// refused as no number.
func mistyped(text, tag string, wants func(...string) bool) any {
	if lower := strings.ToLower(text); tag == "!!bool" {
		return lower == "true"
	}
	if isNumber(text) && !wants("integer", "number") {
		return json.Number(text)
	}
	return text
}

// A number as JSON writes it (RFC 8259, section 6), with an exponent that arithmetic survives.
var (
	wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,99})$`)
	number      = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,99})(\.[0-9]{1,99})?([eE][+-]?[0-9]{1,3})?$`)
)

func isNumber(text string) bool {
	if !number.MatchString(text) {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}
