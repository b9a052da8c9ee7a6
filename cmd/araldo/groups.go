package main

import "github.com/spf13/cobra"

// The groups of commands in the help, in its order.
const (
	groupRun       = "run"
	groupConfigure = "configure"
	groupLook      = "look"
)

// arrange gives each command its group.
func arrange(root *cobra.Command) {
	root.AddGroup(&cobra.Group{ID: groupRun, Title: "Run a hub:"}, &cobra.Group{ID: groupConfigure, Title: "Configure one:"},
		&cobra.Group{ID: groupLook, Title: "See what happens, and try:"})
	groups := map[string]string{
		"serve": groupRun, "stop": groupRun, "reload": groupRun, "enable": groupRun, "disable": groupRun, "demo": groupRun,
		"check": groupConfigure, "routes": groupConfigure, "guarantees": groupConfigure, "plugins": groupConfigure, "config": groupConfigure,
		"status": groupLook, "tap": groupLook, "send": groupLook, "connect": groupLook, "dlq": groupLook,
		"bench": groupLook, "pprof": groupLook,
	}
	for _, command := range root.Commands() {
		command.GroupID = groups[command.Name()]
	}
}
