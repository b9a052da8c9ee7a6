package sdk

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// shape is what a key's value looks like in a configuration.
type shape uint8

const (
	shapeString shape = iota
	shapeBool
	shapeInt
	shapeUint
	shapeFloat
	shapeDuration
	shapeBytes
	shapeList
	shapeMap
	shapeObject
)

// field is one key of a config struct.
type field struct {
	key, doc         string
	index            []int
	kind             kind
	required, secret bool
	// text is the default as the tag has it; hasDefault tells an empty one from none.
	text       string
	hasDefault bool
	limits     limits
}

// kind is the type of a value.
type kind struct {
	shape   shape
	pointer bool
	typ     reflect.Type // without the pointer
	element *kind        // of a list
	fields  []field      // of an object
}

// limits are the least and most that min and max allow: the value of numbers, durations and sizes, the characters of
// strings, the entries of lists. enum lists the allowed texts.
type limits struct {
	min, max string
	enum     []string
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	bytesType    = reflect.TypeFor[Bytes]()
)

// fieldsOf reads the tags of a config struct.
func fieldsOf(t reflect.Type) ([]field, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("a configuration is a struct, not %s", t)
	}
	var list []field
	for _, sf := range reflect.VisibleFields(t) {
		key := sf.Tag.Get("key")
		if key == "" {
			continue
		}
		f, err := newField(key, sf)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, sf.Name, err)
		}
		for _, other := range list {
			if other.key == key {
				return nil, fmt.Errorf("%s.%s: key %q stands twice", t, sf.Name, key)
			}
		}
		list = append(list, f)
	}
	return list, nil
}

func newField(key string, sf reflect.StructField) (field, error) {
	f := field{key: key, doc: sf.Tag.Get("doc"), index: sf.Index}
	if !sf.IsExported() {
		return f, fmt.Errorf("key %q: the field must be exported", key)
	}
	var err error
	if f.kind, err = kindOf(sf.Type); err != nil {
		return f, err
	}
	f.text, f.hasDefault = sf.Tag.Lookup("default")
	f.required, f.secret = sf.Tag.Get("required") == "true", sf.Tag.Get("secret") == "true"
	f.limits.min, f.limits.max = sf.Tag.Get("min"), sf.Tag.Get("max")
	if enum := sf.Tag.Get("enum"); enum != "" {
		f.limits.enum = strings.Split(enum, ",")
	}
	if f.required && f.hasDefault {
		return f, fmt.Errorf("key %q: required and a default", key)
	}
	return f, f.check()
}

// check makes sure that default, min and max are values of the field's own kind.
func (f *field) check() error {
	for _, bound := range []string{f.limits.min, f.limits.max} {
		if bound == "" {
			continue
		}
		if _, err := f.kind.measure(bound); err != nil {
			return fmt.Errorf("key %q: limit %q: %w", f.key, bound, err)
		}
	}
	if !f.hasDefault {
		return nil
	}
	into := reflect.New(f.kind.typ).Elem()
	if err := f.setDefault(into); err != nil {
		return fmt.Errorf("key %q: default %q: %w", f.key, f.text, err)
	}
	return nil
}

func kindOf(t reflect.Type) (kind, error) {
	k := kind{typ: t}
	if t.Kind() == reflect.Pointer {
		k.pointer, k.typ = true, t.Elem()
	}
	switch {
	case k.typ == durationType:
		k.shape = shapeDuration
		return k, nil
	case k.typ == bytesType:
		k.shape = shapeBytes
		return k, nil
	}
	var err error
	switch k.typ.Kind() {
	case reflect.String:
		k.shape = shapeString
	case reflect.Bool:
		k.shape = shapeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		k.shape = shapeInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		k.shape = shapeUint
	case reflect.Float32, reflect.Float64:
		k.shape = shapeFloat
	case reflect.Slice:
		k.shape = shapeList
		var element kind
		element, err = kindOf(k.typ.Elem())
		k.element = &element
	case reflect.Map:
		k.shape = shapeMap
		if k.typ.Key().Kind() != reflect.String || k.typ.Elem().Kind() != reflect.String {
			err = fmt.Errorf("type %s: maps go from strings to strings", t)
		}
	case reflect.Struct:
		k.shape = shapeObject
		k.fields, err = fieldsOf(k.typ)
	default:
		err = fmt.Errorf("type %s can't be configured", t)
	}
	return k, err
}

// measure reads a limit as the number that values of the kind are compared by.
func (k *kind) measure(text string) (float64, error) {
	switch k.shape {
	case shapeDuration:
		d, err := time.ParseDuration(text)
		return float64(d), err
	case shapeBytes:
		b, err := ParseBytes(text)
		return float64(b), err
	}
	return strconv.ParseFloat(text, 64)
}
