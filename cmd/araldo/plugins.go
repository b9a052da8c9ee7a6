package main

import (
	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/plugins"
)

func newPlugins() *cobra.Command {
	command := &cobra.Command{
		Use:   "plugins",
		Short: "Show what can be had: plugins, their ids and the keys of each; install, upgrade, restart and remove some",
		Args:  onlyItsCommands,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	describe := &cobra.Command{
		Use:   "describe ID",
		Short: "Describe an id that is built in: its keys with types, defaults and limits, and what it can do",
		Args:  oneID,
		RunE:  describeID,

		ValidArgsFunction: builtInIDs,
	}
	addFormatFlag(describe, "text or json")
	command.AddCommand(newPluginsList(), describe, newPluginsNew(), newPluginsTest(), newInstall(), newUpgrade(), newVerify(), newRemove(), newRestart())
	return command
}

// ownPlugin is where ids are from that the hub offers itself.
const ownPlugin = "hub"

// builtIn are all plugins that can be had without a file beside this one. They have the program's version.
func builtIn() []core.PluginInfo {
	list := append([]core.PluginInfo{{Name: ownPlugin, Types: hub.OwnTypes()}}, plugins.Infos()...)
	for i := range list {
		list[i].Version = programVersion()
	}
	return list
}

// builtInTypes are the ids of builtIn.
func builtInTypes() []core.TypeInfo {
	var types []core.TypeInfo
	for _, p := range builtIn() {
		types = append(types, p.Types...)
	}
	return types
}

func oneID(command *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{command.CommandPath() + " takes one id", "`araldo plugins list` lists them"}
}
