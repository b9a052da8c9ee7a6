package sdk

import (
	"encoding/json"
	"reflect"
	"strconv"
	"time"
)

// setScalar sets a value that is no container and returns what it must be where it is not.
func setScalar(value any, k *kind, into reflect.Value) (wanted string) {
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	switch k.shape {
	case shapeString:
		if isText {
			into.SetString(text)
			return ""
		}
		return "a string"
	case shapeBool:
		if b, ok := value.(bool); ok {
			into.SetBool(b)
			return ""
		}
		return "true or false"
	case shapeInt:
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if !isNumber || err != nil || into.OverflowInt(n) {
			return "a whole number"
		}
		into.SetInt(n)
	case shapeUint:
		n, err := strconv.ParseUint(number.String(), 10, 64)
		if !isNumber || err != nil || into.OverflowUint(n) {
			return "a whole number, 0 or more"
		}
		into.SetUint(n)
	case shapeFloat:
		n, err := number.Float64()
		if !isNumber || err != nil || into.OverflowFloat(n) {
			return "a number"
		}
		into.SetFloat(n)
	case shapeDuration:
		n, err := time.ParseDuration(text + number.String())
		if err != nil {
			return "a duration such as 200ms, 20s or 5m"
		}
		into.SetInt(int64(n))
	case shapeBytes:
		n, err := ParseBytes(text + number.String())
		if err != nil {
			return "a size such as 512, 64KiB or 8MiB"
		}
		into.SetInt(int64(n))
	}
	return ""
}
