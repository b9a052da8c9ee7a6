package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core/control"
)

// The values of --format.
const (
	formatText = "text"
	formatJSON = "json"
)

// statusTime bounds the hub's answer: it asks its plugins, and one of them may hang.
const statusTime = 10 * time.Second

func newStatus() *cobra.Command {
	command := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show a running hub: plugins, endpoints, routes and what became of their messages",
		Long: "Show a running hub: plugins, endpoints, routes and what became of their messages.\n\n" +
			"NAME is an endpoint or a plugin, which is then shown with all its details and connections.",
		Args: atMostOneName,
		RunE: showStatus,
	}
	addHubFlags(command)
	command.Flags().String("format", formatText, "`FORMAT` of the output: text or json")
	return command
}

func atMostOneName(command *cobra.Command, args []string) error {
	if len(args) > 1 {
		return noArguments(command, args[1:])
	}
	return nil
}

func showStatus(command *cobra.Command, args []string) error {
	format, _ := command.Flags().GetString("format")
	if err := oneOf("format", format, formatText, formatJSON); err != nil {
		return err
	}
	client, err := dial(command)
	if err != nil {
		return err
	}
	ctx, cancel := withTimeout(command, statusTime)
	defer cancel()
	status, err := client.Status(ctx)
	if err != nil {
		return err
	}
	name := ""
	if len(args) == 1 {
		name = args[0]
		if status, err = only(status, name); err != nil {
			return err
		}
	}
	return printStatus(command.OutOrStdout(), format, status, name)
}

func printStatus(w io.Writer, format string, status control.Status, name string) error {
	if format == formatText {
		return printText(w, status, name)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(status)
}

// only leaves of a status what concerns the endpoint or plugin name.
func only(status control.Status, name string) (control.Status, error) {
	var names []string
	for _, e := range status.Endpoints {
		names = append(names, e.Name)
	}
	for _, p := range status.Plugins {
		names = append(names, p.Name)
	}
	if !slices.Contains(names, name) {
		err := control.UnknownEndpoint(name, names)
		err.Message = fmt.Sprintf("there is no endpoint or plugin %s", quoted(name))
		return status, err
	}
	status.Plugins = kept(status.Plugins, func(p control.Plugin) bool { return p.Name == name })
	status.Endpoints = kept(status.Endpoints, func(e control.Endpoint) bool { return e.Name == name })
	status.Routes = routesOf(status.Routes, name)
	return status, nil
}

// routesOf keeps the routes that begin at an endpoint, and of the others the outlets that lead to it.
func routesOf(routes []control.Route, name string) []control.Route {
	concerned := []control.Route{}
	for _, r := range routes {
		if r.Inbound != name {
			r.Outlets = kept(r.Outlets, func(o control.Outlet) bool { return o.To == name })
		}
		if len(r.Outlets) > 0 {
			concerned = append(concerned, r)
		}
	}
	return concerned
}

func kept[T any](list []T, keep func(T) bool) []T {
	few := []T{}
	for _, one := range list {
		if keep(one) {
			few = append(few, one)
		}
	}
	return few
}
