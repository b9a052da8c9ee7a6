package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/araldo-relay/araldo/config"
	"github.com/araldo-relay/araldo/core/hub"
	"github.com/araldo-relay/araldo/core/programs"
)

func newPluginsList() *cobra.Command {
	command := &cobra.Command{
		Use:   "list",
		Short: "List the plugins with their ids, kinds, versions, states and where they are from",
		Long: "List the plugins with their ids, kinds, versions, states and where they are from.\n\n" +
			"Nothing is executed: what is built in is known, and what lies in plugin directories is compared with " + programs.LockName + ".\n" +
			"The state is ok, modified, missing, unlocked (the lock does not name it), wrong platform, or ignored with the reason.\n" +
			"The directories are those of --plugin-dirs, the environment or the configuration, and where `plugins install` installs.",
		Args: noArguments,
		RunE: listPlugins,
	}
	addConfigFlag(command)
	command.Flags().String("plugin-dirs", "", "`DIRECTORIES` of external plugins, separated as in $PATH")
	addFormatFlag(command, "text or json")
	return command
}

// listedPlugin is a plugin of `plugins list`; its JSON names are a promise.
type listedPlugin struct {
	Name string `json:"name"`
	// Version and IDs are left out where only the plugin itself could tell them.
	Version string `json:"version,omitempty"`
	From    string `json:"from"`
	// State is that of programs.State, Why the reason of one that is not ok.
	State string `json:"state"`
	Why   string `json:"why,omitempty"`
	// Unverified: it is not known to be what was installed.
	Unverified bool       `json:"unverified"`
	IDs        []listedID `json:"ids"`
}

// listedID is an id; Kind and Summary are left out of what is not built in, since only the plugin could tell them.
type listedID struct {
	ID      string `json:"id"`
	Kind    string `json:"kind,omitempty"`
	Summary string `json:"summary,omitempty"`
}

func listPlugins(command *cobra.Command, _ []string) error {
	format, err := formatOf(command, formatText, formatJSON)
	if err != nil {
		return err
	}
	list := []listedPlugin{}
	for _, p := range builtIn() {
		one := listedPlugin{Name: p.Name, Version: p.Version, From: "built in", State: programs.StateOK.String(), IDs: []listedID{}}
		for _, t := range p.Types {
			one.IDs = append(one.IDs, listedID{t.ID, t.Kind.String(), t.Summary})
		}
		list = append(list, one)
	}
	places, err := pluginPlaces(command)
	if err != nil {
		return err
	}
	external, err := places.Find()
	if err != nil {
		return err
	}
	for _, found := range external {
		list = append(list, listedExternal(found.Inspect(command.Context(), false)))
	}
	if format == formatJSON {
		return writeJSON(command.OutOrStdout(), list)
	}
	p := &page{screen: screenOf(command.OutOrStdout())}
	p.listed(list)
	return p.err
}

// listedExternal is an external plugin.
func listedExternal(found programs.Found) listedPlugin {
	one := listedPlugin{Name: found.Name, From: found.Path, State: found.State.String(), Why: found.Why,
		Unverified: found.State != programs.StateOK, IDs: []listedID{}}
	if found.Manifest != nil {
		one.Version = found.Manifest.Version
		for _, id := range found.Manifest.IDs {
			one.IDs = append(one.IDs, listedID{ID: id})
		}
	}
	return one
}

// pluginPlaces are the plugin directories that the command line means, by the rules of `global`.
func pluginPlaces(command *cobra.Command) (programs.Places, error) {
	if path := configPath(command); path != "" {
		cfg, problems := config.Load(path, command.Flags())
		if cfg == nil {
			return programs.Places{}, problems
		}
		return hub.PluginPlaces(cfg), nil
	}
	dirs, _ := command.Flags().GetString("plugin-dirs")
	if dirs == "" {
		dirs = os.Getenv("ARALDO_PLUGIN_DIRS")
	}
	return programs.Places{Directories: filepath.SplitList(dirs), Lock: programs.LockName}, nil
}

func (p *page) listed(list []listedPlugin) {
	rows := [][]string{{"ID", "KIND", "PLUGIN", "VERSION", "STATE", "FROM", "WHAT"}}
	for _, one := range list {
		what := func(id listedID) string { return plain(id.Summary + one.Why) }
		if len(one.IDs) == 0 {
			rows = append(rows, []string{"?", "?", plain(one.Name), unknown(one.Version), one.State, plain(one.From), what(listedID{})})
		}
		for _, id := range one.IDs {
			rows = append(rows, []string{id.ID, unknown(id.Kind), one.Name, unknown(one.Version), one.State, plain(one.From), what(id)})
		}
	}
	_, err := fmt.Fprint(p.w, p.columns(rows))
	p.keep(err)
}

// unknown shows that only the plugin could tell something.
func unknown(text string) string {
	if text == "" {
		return "?"
	}
	return text
}
