package sdk

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Schema is the JSON Schema (draft 2020-12) of a config struct, given as a value or a pointer. A field with the tag
// `key` is a key of the configuration; the others are the plugin's own. The tags:
//
//	key:"channel"       the key's name
//	doc:"..."           what it is for, one sentence for people
//	default:"20s"       its value where the key is not given, as one would write it; lists are split at commas
//	required:"true"     it must be given
//	secret:"true"       a secret: never printed (writeOnly in the schema)
//	min:"1" max:"64"    limits of numbers, durations and sizes; of a string's characters; of a list's entries
//	enum:"drop,wait"    the allowed values of a string
//
// Fields are strings, bools, ints, floats, time.Duration ("20s"), Bytes ("64KiB"), slices of these, map[string]string,
// and structs, which nest; embedded structs lend their keys. A pointer stays nil where the key is not given. Unknown
// keys are errors.
func Schema(config any) ([]byte, error) { return schemaOf(config) }

func schemaOf(config any) ([]byte, error) {
	t := reflect.TypeOf(config)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	schema := objectSchema(fields)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	return json.Marshal(schema)
}

func objectSchema(fields []field) map[string]any {
	properties := make(map[string]any, len(fields))
	var required []string
	for i := range fields {
		properties[fields[i].key] = fields[i].schema()
		if fields[i].required {
			required = append(required, fields[i].key)
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		schema["required"] = required
	}
	return schema
}

func (f *field) schema() map[string]any {
	schema := f.kind.schema()
	description := f.doc
	if f.secret {
		schema["writeOnly"] = true
	}
	if f.limits.enum != nil {
		schema["enum"] = f.limits.enum
	}
	for _, bound := range []struct{ text, word string }{{f.limits.min, "min"}, {f.limits.max, "max"}} {
		if bound.text == "" {
			continue
		}
		if keyword := f.kind.limitKeyword(bound.word); keyword != "" {
			schema[keyword] = json.Number(bound.text)
			continue
		}
		description = strings.TrimSpace(fmt.Sprintf("%s (%s %s)", description, bound.word, bound.text))
	}
	if description != "" {
		schema["description"] = description
	}
	if f.hasDefault {
		schema["default"] = f.defaultJSON()
	}
	return schema
}

// The patterns of texts that are parsed further.
const (
	durationPattern = `^(0|-?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`
	bytesPattern    = `^[0-9]+ *(B|KiB|MiB|GiB|kB|MB|GB)?$`
)

func (k *kind) schema() map[string]any {
	switch k.shape {
	case shapeBool:
		return map[string]any{"type": "boolean"}
	case shapeInt:
		return map[string]any{"type": "integer"}
	case shapeUint:
		return map[string]any{"type": "integer", "minimum": 0}
	case shapeFloat:
		return map[string]any{"type": "number"}
	case shapeDuration:
		return map[string]any{"type": "string", "pattern": durationPattern}
	case shapeBytes:
		return map[string]any{"type": "string", "pattern": bytesPattern}
	case shapeList:
		return map[string]any{"type": "array", "items": k.element.schema()}
	case shapeMap:
		return map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}
	case shapeObject:
		return objectSchema(k.fields)
	}
	return map[string]any{"type": "string"}
}

// limitKeyword is the schema's word for a limit; durations and sizes are strings there and have none.
func (k *kind) limitKeyword(word string) string {
	switch k.shape {
	case shapeInt, shapeUint, shapeFloat:
		return word + "imum"
	case shapeString:
		return word + "Length"
	case shapeList:
		return word + "Items"
	}
	return ""
}

// defaultJSON is the default as the schema shows it.
func (f *field) defaultJSON() any {
	switch f.kind.shape {
	case shapeBool:
		return f.text == "true"
	case shapeInt, shapeUint, shapeFloat:
		return json.Number(f.text)
	case shapeList:
		return splitList(f.text)
	}
	return f.text
}

// splitList is the entries of a list in a tag.
func splitList(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, ",")
}

// quoted shows an offending value; a secret's is not shown.
func (f *field) quoted(value any) string {
	if f.secret {
		return "the value (a secret)"
	}
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case json.Number:
		return v.String()
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return fmt.Sprint(value)
}
