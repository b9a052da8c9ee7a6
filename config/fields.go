package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// fieldsOf are the values of a struct that was read from the file, as text, by the keys that the file gives them:
// DeadLetter is dead-letter, Queue.Bytes is queue.bytes. Texts are equal where values are. So a new field is compared
// from its first day, without a word here.
func fieldsOf(of any) map[string]string {
	texts := map[string]string{}
	addFields(texts, "", reflect.ValueOf(of))
	return texts
}

func addFields(texts map[string]string, prefix string, of reflect.Value) {
	for i := range of.NumField() {
		field := of.Type().Field(i)
		if !field.IsExported() || isPlace(field.Type) {
			continue
		}
		key := prefix + keyName(field.Name)
		if field.Type.Kind() == reflect.Struct {
			addFields(texts, key+".", of.Field(i))
			continue
		}
		texts[key] = fieldText(field.Name, of.Field(i))
	}
}

// isPlace reports whether a field says where something stands in the file.
func isPlace(t reflect.Type) bool {
	if t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t == reflect.TypeFor[core.Position]()
}

// fieldText is a value as it could stand in the file.
func fieldText(name string, of reflect.Value) string {
	if of.Kind() == reflect.Pointer && of.IsNil() {
		return ""
	}
	switch value := of.Interface().(type) {
	case time.Duration:
		return document.FormatDuration(value)
	case int:
		if name == "Bytes" || name == "MaxMessage" {
			return document.FormatBytes(value)
		}
	}
	if of.Kind() == reflect.Slice {
		return fmt.Sprintf("%q", of.Interface()) // so that [a b] and ["a b"] differ
	}
	return fmt.Sprint(of.Interface())
}

// keyName is the key of a field: words of lower-case letters joined by dashes.
func keyName(field string) string {
	var b strings.Builder
	letters := []rune(field)
	for i, letter := range letters {
		begins := i > 0 && unicode.IsUpper(letter) && unicode.IsLower(letters[i-1])
		if begins {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(letter))
	}
	return b.String()
}
