package sdk

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// check holds a value against the limits of its tags.
func (d *decoder) check(path string, value any, f *field, set reflect.Value) {
	if enum := f.limits.enum; enum != nil && f.kind.shape == shapeString && !slices.Contains(enum, set.String()) {
		d.errorf(path, "it is one of "+strings.Join(enum, ", "), "%s is %s", f.key, f.quoted(value))
		return
	}
	size, unit := sizeOf(f.kind.shape, set)
	if low, err := f.kind.measure(f.limits.min); err == nil && size < low {
		d.errorf(path, "", "%s is %s, must be at least %s%s", f.key, f.quoted(value), f.limits.min, unit)
	}
	if high, err := f.kind.measure(f.limits.max); err == nil && size > high {
		d.errorf(path, "", "%s is %s, must be at most %s%s", f.key, f.quoted(value), f.limits.max, unit)
	}
}

// sizeOf is the number that limits are compared with.
func sizeOf(s shape, set reflect.Value) (size float64, unit string) {
	switch s {
	case shapeInt, shapeDuration, shapeBytes:
		return float64(set.Int()), ""
	case shapeUint:
		return float64(set.Uint()), ""
	case shapeFloat:
		return set.Float(), ""
	case shapeString:
		return float64(utf8.RuneCountInString(set.String())), " characters long"
	case shapeList:
		return float64(set.Len()), " entries long"
	}
	return 0, ""
}
