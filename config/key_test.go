package config

import (
	"reflect"
	"testing"
)

func TestKeysOfASchema(t *testing.T) {
	got, err := Keys([]byte(`{"type":"object","required":["url"],"properties":{
		"url":{"type":"string","writeOnly":true,"minLength":1,"description":"where"},
		"port":{"type":["integer","string"],"minimum":1,"maximum":65535,"description":"a port; default: global.server-port"},
		"wait":{"type":"string","pattern":"^[0-9]+(ms|s)$","default":"1s","description":"how long (min 1ms) (max 1h)"},
		"pause":{"type":"string","pattern":"^[0-9]+(ms|s)$","description":"a pause (min 0s)"},
		"how":{"enum":["a","b"],"default":"a"},
		"many":{"type":"integer","default":100000000},
		"list":{"type":["array","null"],"items":{"enum":["x","y"]},"maxItems":2,"default":["x"]},
		"in":{"type":"object","properties":{"size":{"type":"string","pattern":"^[0-9]+(KiB)?$"}}}}}`))
	want := []Key{
		{Name: "url", Type: "string", Required: true, Secret: true, Limits: []string{"not empty"}, Description: "where"},
		{Name: "how", Type: "string", Default: "a", Words: []string{"a", "b"}},
		{Name: "in", Type: "mapping"},
		{Name: "in.size", Type: "size"},
		{Name: "list", Type: "list of string", Default: "[x]", Words: []string{"x", "y"}, Limits: []string{"up to 2 entries"}},
		{Name: "many", Type: "integer", Default: "100000000"},
		{Name: "pause", Type: "duration", Description: "a pause"},
		{Name: "port", Type: "integer", DefaultText: "global.server-port", Limits: []string{"from 1 to 65535"}, Description: "a port"},
		{Name: "wait", Type: "duration", Default: "1s", Limits: []string{"at least 1ms", "at most 1h"}, Description: "how long"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if _, err := Keys([]byte("{")); err == nil {
		t.Error("a broken schema passed")
	}
}
