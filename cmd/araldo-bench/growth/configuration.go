package growth

import (
	"fmt"
	"strings"
)

// configuration is a configuration of araldo in the making.
type configuration struct {
	marshallings, endpoints, routes []string
}

func (c *configuration) marshalling(name string) {
	c.marshallings = append(c.marshallings, fmt.Sprintf("{name: %s, id: marshal-%s}", name, name))
}

// webSocket adds an endpoint at the path of its name.
func (c *configuration) webSocket(name string) {
	c.endpoints = append(c.endpoints, fmt.Sprintf("{name: %s, id: endpoint-websocket, path: /%s}", name, name))
}

// channel adds an endpoint at the Redis channel of its name; marshalling may be empty.
func (c *configuration) channel(name, marshalling string) {
	if marshalling != "" {
		marshalling = ", marshalling: " + marshalling
	}
	c.endpoints = append(c.endpoints, fmt.Sprintf(
		`{name: %s, id: endpoint-redis, url: "redis://127.0.0.1:{redis-port}", channel: %s%s}`, name, name, marshalling))
}

// route adds a route; outlets are names, or outlets in the long form.
func (c *configuration) route(from string, outlets ...string) {
	c.routes = append(c.routes, fmt.Sprintf("%s: [%s]", from, strings.Join(outlets, ", ")))
}

// String is the file.
func (c *configuration) String() string {
	return "global: {server-port: {port}, data-dir: data, log-level: warning}\nplugins:\n" +
		"  marshalling:" + list("\n    - ", c.marshallings) +
		"\n  endpoints:" + list("\n    - ", c.endpoints) +
		"\nroutes:" + list("\n  ", c.routes) + "\n"
}

func list(before string, items []string) string {
	if len(items) == 0 {
		return " []"
	}
	return before + strings.Join(items, before)
}
