package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/plugins"
)

func newPlugins() *cobra.Command {
	command := &cobra.Command{
		Use:   "plugins",
		Short: "Show what can be had: plugins, their ids and the keys of each; restart one",
		Args:  onlyItsCommands,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "List the plugins with their ids, kinds, versions and where they are from",
		Long: "List the plugins with their ids, kinds, versions and where they are from.\n\n" +
			"Nothing is executed: what is built in is known, and of programs in the plugin directories only name and path are\n" +
			"told, marked as unverified. The directories are those of --plugin-dirs, the environment or the configuration.",
		Args: noArguments,
		RunE: listPlugins,
	}
	addConfigFlag(list)
	list.Flags().String("plugin-dirs", "", "`DIRECTORIES` of external plugins, separated as in $PATH")
	addFormatFlag(list, "text or json")
	describe := &cobra.Command{
		Use:   "describe ID",
		Short: "Describe an id that is built in: its keys with types, defaults and limits, and what it can do",
		Args:  oneID,
		RunE:  describeID,

		ValidArgsFunction: builtInIDs,
	}
	addFormatFlag(describe, "text or json")
	command.AddCommand(list, describe, newRestart())
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

// listedPlugin is a plugin of `plugins list`; its JSON names are a promise.
type listedPlugin struct {
	Name string `json:"name"`
	// Version and IDs are left out where the plugin is unverified: only it could tell them.
	Version    string     `json:"version,omitempty"`
	From       string     `json:"from"`
	Unverified bool       `json:"unverified"`
	IDs        []listedID `json:"ids"`
}

type listedID struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Summary string `json:"summary"`
}

func listPlugins(command *cobra.Command, _ []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	list := []listedPlugin{}
	for _, p := range builtIn() {
		one := listedPlugin{Name: p.Name, Version: p.Version, From: "built in", IDs: []listedID{}}
		for _, t := range p.Types {
			one.IDs = append(one.IDs, listedID{t.ID, t.Kind.String(), t.Summary})
		}
		list = append(list, one)
	}
	dirs, err := pluginDirs(command)
	if err != nil {
		return err
	}
	external, err := hub.ExternalPlugins(dirs)
	if err != nil {
		return err
	}
	for _, p := range external {
		list = append(list, listedPlugin{Name: p.Name, From: p.Path, Unverified: true, IDs: []listedID{}})
	}
	if format == formatJSON {
		return writeJSON(command.OutOrStdout(), list)
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	p.listed(list)
	return p.err
}

// pluginDirs are the directories that the command line means, by the rules of `global`.
func pluginDirs(command *cobra.Command) ([]string, error) {
	if path := configPath(command); path != "" {
		cfg, problems := config.Load(path, command.Flags())
		if cfg == nil {
			return nil, problems
		}
		return cfg.Global.PluginDirs, nil
	}
	dirs, _ := command.Flags().GetString("plugin-dirs")
	if dirs == "" {
		dirs = os.Getenv("ARALDO_PLUGIN_DIRS")
	}
	return filepath.SplitList(dirs), nil
}

func (p *page) listed(list []listedPlugin) {
	rows := [][]string{{"ID", "KIND", "PLUGIN", "VERSION", "FROM", "WHAT"}}
	for _, one := range list {
		for _, id := range one.IDs {
			rows = append(rows, []string{id.ID, id.Kind, one.Name, one.Version, one.From, id.Summary})
		}
		if one.Unverified {
			rows = append(rows, []string{"?", "?", one.Name, "?", plain(one.From), "unverified: not executed"})
		}
	}
	_, err := fmt.Fprint(p.w, p.columns(rows))
	p.keep(err)
}

func oneID(command *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{command.CommandPath() + " takes one id", "`araldo plugins list` lists them"}
}
