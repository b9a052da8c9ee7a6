package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core/control"
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
	addFormatFlag(command, "text or json")
	command.Flags().Bool("watch", false, "show it again each second, until Ctrl-C")
	return command
}

func atMostOneName(command *cobra.Command, args []string) error {
	if len(args) > 1 {
		return noArguments(command, args[1:])
	}
	return nil
}

func showStatus(command *cobra.Command, args []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	client, err := dial(command)
	if err != nil {
		return err
	}
	name := strings.Join(args, "")
	if again, _ := command.Flags().GetBool("watch"); again {
		return watch(command.Context(), client, command.OutOrStdout(), format, name)
	}
	ctx, cancel := withTimeout(command, statusTime)
	defer cancel()
	status, err := statusOf(ctx, client, name)
	if err != nil {
		return err
	}
	return printStatus(screenOf(command.OutOrStdout()), format, status, name)
}

// statusOf asks the hub; a name leaves what concerns that endpoint or plugin.
func statusOf(ctx context.Context, client *control.Client, name string) (control.Status, error) {
	status, err := client.Status(ctx)
	if err != nil || name == "" {
		return status, err
	}
	return only(status, name)
}

func printStatus(s screen, format string, status control.Status, name string) error {
	if format == formatJSON {
		return writeJSON(s.w, status)
	}
	return printText(s, status, name)
}

// only leaves of a status what concerns the endpoint, marshalling or plugin name: of an endpoint its plugin and marshalling
// as well.
func only(status control.Status, name string) (control.Status, error) {
	var names []string
	for _, e := range status.Endpoints {
		names = append(names, e.Name)
	}
	for _, p := range status.Plugins {
		names = append(names, p.Name)
	}
	for _, m := range status.Marshallings {
		names = append(names, m.Name)
	}
	if !slices.Contains(names, name) {
		err := control.UnknownEndpoint(name, names)
		err.Message = fmt.Sprintf("there is no endpoint, marshalling or plugin %s", quoted(name))
		return status, err
	}
	concerned := map[string]bool{name: true}
	for _, e := range status.Endpoints {
		if e.Name == name {
			concerned[e.Plugin], concerned[e.Marshalling] = true, true
		}
	}
	for _, m := range status.Marshallings {
		if m.Name == name {
			concerned[m.Plugin] = true
		}
	}
	status.Plugins = kept(status.Plugins, func(p control.Plugin) bool { return concerned[p.Name] })
	status.Marshallings = kept(status.Marshallings, func(m control.Marshalling) bool { return concerned[m.Name] })
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
