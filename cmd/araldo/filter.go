package main

import "github.com/araldo-relay/araldo/routes"

// filterOf is the expression that an outlet's messages must meet, empty where all pass.
func filterOf(o routes.Outlet) string {
	if o.When == nil {
		return ""
	}
	return o.When.String()
}
