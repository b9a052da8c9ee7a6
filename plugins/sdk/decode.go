package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// decoder fills a config struct and gathers all that is wrong.
type decoder struct{ found []Diagnostic }

// decodeConfig reads one JSON object into a pointer to a config struct, strictly and with the defaults of its tags.
func decodeConfig(raw []byte, config any) []Diagnostic {
	var d decoder
	into := reflect.ValueOf(config).Elem()
	fields, err := fieldsOf(into.Type())
	if err != nil {
		d.errorf("", "", "%v", err)
		return d.found
	}
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	reader := json.NewDecoder(bytes.NewReader(raw))
	reader.UseNumber()
	var object map[string]any
	if err := reader.Decode(&object); err != nil {
		d.errorf("", "", "the configuration is not a JSON object: %v", err)
		return d.found
	}
	d.object("", object, fields, into)
	return d.found
}

func (d *decoder) errorf(path, detail, format string, args ...any) {
	d.found = append(d.found, Diagnostic{
		Severity: core.SeverityError, Path: path, Summary: fmt.Sprintf(format, args...), Detail: detail,
	})
}

// pointerTo adds a key to a JSON pointer (RFC 6901).
func pointerTo(path, key string) string {
	return path + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

func (d *decoder) object(path string, object map[string]any, fields []field, into reflect.Value) {
	known := make([]string, len(fields))
	for i := range fields {
		known[i] = fields[i].key
	}
	for _, key := range sortedKeys(object) {
		if !slices.Contains(known, key) {
			d.errorf(pointerTo(path, key), suggestion(key, known), "unknown key %q", key)
		}
	}
	for i := range fields {
		f := &fields[i]
		d.field(pointerTo(path, f.key), object[f.key], f, into.FieldByIndex(f.index))
	}
}

// suggestion says what an unknown key may have been meant to be.
func suggestion(key string, known []string) string {
	if near := core.Nearest(key, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return "there are no keys here"
	}
	return "the keys are " + strings.Join(known, ", ")
}

// field sets one field: null is as good as absent.
func (d *decoder) field(path string, value any, f *field, into reflect.Value) {
	switch {
	case value == nil && f.required:
		d.errorf(path, f.doc, "%q is missing", f.key)
		return
	case value == nil && f.hasDefault:
		_ = f.setDefault(into) // checked with the tags
		return
	case value == nil && f.kind.shape == shapeObject && !f.kind.pointer:
		d.object(path, nil, f.kind.fields, into)
		return
	case value == nil:
		return
	}
	before := len(d.found)
	d.value(path, value, f, &f.kind, into)
	if len(d.found) == before {
		d.check(path, value, f, reflect.Indirect(into))
	}
}

// setDefault parses the default of the tag.
func (f *field) setDefault(into reflect.Value) error {
	var value any = f.text
	switch f.kind.shape {
	case shapeBool:
		b, err := strconv.ParseBool(f.text)
		if err != nil {
			return err
		}
		value = b
	case shapeInt, shapeUint, shapeFloat:
		value = json.Number(f.text)
	case shapeList:
		entries := []any{}
		for _, text := range splitList(f.text) {
			entries = append(entries, text)
		}
		value = entries
	}
	var d decoder
	d.value("", value, f, &f.kind, into)
	if len(d.found) > 0 {
		return errors.New(d.found[0].Summary)
	}
	return nil
}

// value sets one value of a kind.
func (d *decoder) value(path string, value any, f *field, k *kind, into reflect.Value) {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(k.typ))
		into = into.Elem()
	}
	switch k.shape {
	case shapeList:
		d.list(path, value, f, k, into)
	case shapeMap:
		d.mapping(path, value, f, k, into)
	case shapeObject:
		if object, ok := value.(map[string]any); ok {
			d.object(path, object, k.fields, into)
			return
		}
		d.errorf(path, "", "%s is %s, must be a mapping", f.key, f.quoted(value))
	default:
		if wanted := setScalar(value, k, into); wanted != "" {
			d.errorf(path, "", "%s is %s, must be %s", f.key, f.quoted(value), wanted)
		}
	}
}

func (d *decoder) list(path string, value any, f *field, k *kind, into reflect.Value) {
	entries, ok := value.([]any)
	if !ok {
		d.errorf(path, "", "%s is %s, must be a list", f.key, f.quoted(value))
		return
	}
	into.Set(reflect.MakeSlice(k.typ, len(entries), len(entries)))
	for i, entry := range entries {
		d.value(pointerTo(path, strconv.Itoa(i)), entry, f, k.element, into.Index(i))
	}
}

func (d *decoder) mapping(path string, value any, f *field, k *kind, into reflect.Value) {
	object, ok := value.(map[string]any)
	if !ok {
		d.errorf(path, "", "%s is %s, must be a mapping", f.key, f.quoted(value))
		return
	}
	into.Set(reflect.MakeMapWithSize(k.typ, len(object)))
	for _, key := range sortedKeys(object) {
		text, ok := object[key].(string)
		if !ok {
			d.errorf(pointerTo(path, key), "", "%s is %s, must be a string", key, f.quoted(object[key]))
			continue
		}
		into.SetMapIndex(reflect.ValueOf(key).Convert(k.typ.Key()), reflect.ValueOf(text).Convert(k.typ.Elem()))
	}
}

func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
