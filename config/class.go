package config

import (
	"strings"

	"github.com/araldo-relay/araldo/core"
)

// Class is what a reload does to apply a changed key. A larger one interrupts more.
type Class uint8

// The classes.
const (
	// ClassLive: nothing is interrupted.
	ClassLive Class = iota + 1
	// ClassEndpointRestart: the endpoint or marshalling is closed and opened again, drained before.
	ClassEndpointRestart
	// ClassHubRestart: a reload leaves it as it is until the hub is started again.
	ClassHubRestart
)

func (c Class) String() string {
	return [...]string{"", "live", "endpoint-restart", "hub-restart"}[min(c, ClassHubRestart)]
}

// classWord names a key's class in a JSON Schema. A key without one has that of the key around it, and a plugin's own
// keys are all of ClassEndpointRestart: a plugin is given them when it opens an instance, and never after that.
const classWord = "x-reload"

// hubClass is the class of one of the hub's keys of an instance. A changed name is another instance.
func hubClass(kind core.Kind, key string) Class {
	switch key {
	case "enabled", "restart", "on-failure", "marshalling":
		return ClassLive
	case "timeout":
		if kind == core.KindEndpoint { // it is the outlets' business
			return ClassLive
		}
	}
	return ClassEndpointRestart
}

// classOf is the class that schemas by key give to a key; restart.limit has that of restart.
func classOf(properties map[string]any, key string) Class {
	outer, _, _ := strings.Cut(key, ".")
	schema, _ := properties[outer].(map[string]any)
	for c := ClassLive; c <= ClassHubRestart; c++ {
		if schema[classWord] == c.String() {
			return c
		}
	}
	return ClassEndpointRestart
}
