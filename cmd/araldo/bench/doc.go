// Package bench puts one route of a configuration under load: it runs a hub in this process in which mocks stand at all
// ends of the route, and measures what passes. Nothing that the configuration names outside is spoken to, save what its
// check asks.
package bench
